import CPUCompute
import Compute
import Foundation
import JSON
import ModelFiles
import Models
import Testing

/// A real model on disk, loaded once for all tests that ask for it.
struct TestModel: Sendable, CustomTestStringConvertible {
    let file: String
    let golden: String

    static let smollm2 = TestModel(file: "SmolLM2-135M-Instruct.Q4_1.gguf", golden: "logits-smollm2")
    static let qwenCoder = TestModel(
        file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", golden: "logits-qwen-coder")
    static let all = [smollm2, qwenCoder]
    /// The models that are on this machine; `make test` fetches both, and says so where one can't be had.
    static let present = all.filter { FileManager.default.fileExists(atPath: $0.path) }

    var testDescription: String { golden }

    var path: String {
        let environment = ProcessInfo.processInfo.environment
        let folder = environment["NEEDLETAIL_MODELS"] ?? "\(NSHomeDirectory())/.cache/needletail/models"
        return "\(folder)/\(file)"
    }

    /// The prompts, logits and greedy tokens recorded by Golden/make_logits.py.
    func goldenData() throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        return try JSONValue(parsing: Data(contentsOf: folder.appending(path: "\(golden).json")))
    }

    /// Loads the model with room for `contextLength` tokens of `sequences` sequences.
    func load(contextLength: Int, sequences: Int = 1) throws -> any LanguageModel {
        try Self.load(path: path, contextLength: contextLength, sequences: sequences)
    }

    /// Loads a model from a file or folder.
    static func load(path: String, contextLength: Int, sequences: Int = 1) throws -> any LanguageModel {
        let checkpoint = try Checkpoint.open(path)
        let config = checkpoint.config
        let compute = try CPUCompute(threads: nil, stepTokensMax: 1024, logitRowsMax: 64)
        let blocks = sequences * (contextLength / KVCacheShape.blockTokens + 1)
        try compute.makeKVCache(
            KVCacheShape(
                layerCount: config.layerCount, headCount: config.headCount,
                keyValueHeadCount: config.keyValueHeadCount, headDimension: config.headDimension,
                blockCount: blocks, type: .f16))
        let loader = WeightLoader(checkpoint: checkpoint, compute: compute)
        return try ModelFamily.load(loader, contextLength: contextLength)
    }
}
