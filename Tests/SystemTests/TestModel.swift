import Foundation
import Testing

/// A model file that the tests run on, where `Scripts/fetch-model` could fetch it.
struct TestModel: Sendable, CustomStringConvertible {
    /// Its name for `Scripts/fetch-model`.
    let name: String
    let file: String

    static let smollm2 = TestModel(name: "smollm2", file: "SmolLM2-135M-Instruct.Q4_1.gguf")
    static let qwenCoder = TestModel(name: "qwen-coder", file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf")

    var description: String { name }

    var path: String {
        let folder =
            ProcessInfo.processInfo.environment["NEEDLETAIL_MODELS"].map { URL(filePath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache/needletail/models")
        return folder.appending(path: file).path
    }

    var isThere: Bool { FileManager.default.isReadableFile(atPath: path) }

    /// Why tests of this model are skipped where it is not there.
    var absence: Comment { "\(path) is not there; fetch it with: Scripts/fetch-model \(name)" }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says why, where the model could not be fetched.
    static func needs(_ model: TestModel) -> Self {
        .enabled(if: model.isThere, model.absence)
    }
}
