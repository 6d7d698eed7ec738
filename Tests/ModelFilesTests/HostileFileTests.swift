import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Damaged files must give a value or a typed error. A trap would end the test process.
struct HostileFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static var model: [UInt8] {
        var writer = GGUFWriter.tiny("qwen2")
        writer.metadata.append(
            ("nested", .array(.array, [.array(.string, [.string("x")]), .array(.float32, [])])))
        writer.metadata.append(("qwen2.rope.scaling.type", .string("yarn")))
        writer.metadata.append(("qwen2.rope.scaling.factor", .float32(4)))
        writer.tensors.append(.zeros("blk.0.attn_q.bias", [8]))
        return writer.bytes()
    }

    /// Opens the file and reads all that it holds.
    private func exhaust(_ path: String) throws(ModelFileError) {
        let checkpoint = try Checkpoint.open(path)
        var bytes = checkpoint.weightBytes &+ checkpoint.parameterCount
        for tensor in checkpoint.tensors.values {
            bytes &+= tensor.withBytes { $0.reduce(0) { $0 &+ Int($1) } }
        }
        guard case .gguf(let file) = checkpoint.source else { return }
        for (key, value) in file.metadata.entries {
            bytes &+= key.utf8.count &+ value.text.utf8.count
            if let array = value.arrayValue { bytes &+= count(array) }
        }
        #expect(bytes != 0)
    }

    private func count(_ array: GGUFArray) -> Int {
        (array.strings?.count ?? 0) + (array.integers?.count ?? 0) + (array.floats?.count ?? 0)
            + (array.bools?.count ?? 0) + (array.arrays ?? []).reduce(0) { $0 + count($1) }
    }

    @Test func `a file that is cut short anywhere is refused`() throws {
        let bytes = Self.model
        try exhaust(folder.write(bytes, to: "model.gguf"))
        for length in 0..<bytes.count {
            let path = try folder.write(Array(bytes[..<length]), to: "model.gguf")
            #expect(throws: ModelFileError.self, "cut to \(length) bytes") { try exhaust(path) }
        }
    }

    @Test func `a file with any one byte changed gives a value or a typed error`() throws {
        let bytes = Self.model
        var random = RepeatableRandom(seed: 1)
        var refused = 0
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= [1, 0x80, 0xFF, UInt8.random(in: 1...255, using: &random)][position % 4]
            let path = try folder.write(damaged, to: "model.gguf")
            do throws(ModelFileError) { try exhaust(path) } catch { refused += 1 }
        }
        #expect(refused > 100)
    }

    @Test("A file with many bytes changed gives a value or a typed error", arguments: UInt64(0)..<1_000)
    func survivesDamage(seed: UInt64) throws {
        var random = RepeatableRandom(seed: seed)
        var bytes = Self.model
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let position = Int.random(in: 8..<1_200, using: &random)
            let number: UInt64 =
                [0, 1, 0x7FFF_FFFF, .max, UInt64(Int.max), random.next()].randomElement(using: &random) ?? 0
            let width = [1, 4, 8].randomElement(using: &random) ?? 1
            for index in 0..<width {
                bytes[position + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
            }
        }
        let path = try folder.write(bytes, to: "model.gguf")
        do throws(ModelFileError) { try exhaust(path) } catch { #expect(error.description.contains(path)) }
    }

    @Test func `a safetensors file that is cut short anywhere is refused`() throws {
        let model = FolderWriter.tiny()
        try model.write(to: folder)
        _ = try Checkpoint.open(folder.path)
        let bytes = SafetensorsWriter(tensors: model.tensors).bytes()
        for length in 0..<bytes.count {
            try folder.write(Array(bytes[..<length]), to: "model.safetensors")
            #expect(throws: ModelFileError.self, "cut to \(length) bytes") { try exhaust(folder.path) }
        }
    }

    @Test("A damaged model folder gives a value or a typed error", arguments: UInt64(0)..<500)
    func survivesDamagedFolder(seed: UInt64) throws {
        let model = FolderWriter.tiny()
        try model.write(to: folder)
        var random = RepeatableRandom(seed: seed)
        for (name, whole) in [
            ("model.safetensors", SafetensorsWriter(tensors: model.tensors).bytes()),
            ("config.json", model.config.serializedBytes()),
        ] {
            var bytes = whole
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let position = Int.random(in: 0..<min(bytes.count, 1_000), using: &random)
                bytes[position] = Array("0123456789-.e[]{}\":,n".utf8).randomElement(using: &random) ?? 0
            }
            try folder.write(bytes, to: name)
        }
        do throws(ModelFileError) { try exhaust(folder.path) } catch {
            #expect(error.description.contains(folder.path))
        }
    }
}
