import Diagnosis
import Foundation
import Testing

/// A machine whose files lie in a folder of the test's own, gone with this object.
final class MadeUpMachine {
    /// The root of its files.
    let folder: URL
    var machine: Machine

    /// - Parameter files: What its files hold, by their paths without the leading slash.
    init(
        _ files: [String: String] = [:], environment: [String: String] = [:], affinity: [Int32] = [0, 1],
        kernels: KernelSets = KernelSets(best: "avx2", active: "avx2", supported: ["scalar", "avx2"]),
        port: UInt16 = 0
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        machine = Machine(
            files: SystemFiles(root: folder.path), environment: environment,
            libraries: LibraryFinder(folder: folder.path), affinity: affinity, kernels: kernels, port: port)
        for (path, text) in files { try write(text, to: path) }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Writes a file and the folders that it lies in.
    func write(_ text: String, to path: String) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// What is said about a topic.
    func check(_ topic: String) throws -> Check {
        try #require(machine.examined().checks.first { $0.topic == topic }, "nothing is said about \(topic)")
    }

    func status(_ topic: String) throws -> Check.Status {
        try check(topic).status
    }
}
