import CPUCompute
import Compute
import JSON
import ModelFiles
import Models
import TestSupport

extension FetchedModel {
    /// The prompts, logits and greedy tokens recorded by Golden/make_logits.py.
    func goldenData() throws -> JSONValue { try Golden.json("logits-\(name).json") }

    /// Loads the model with room for `contextLength` tokens of `sequences` sequences.
    func load(
        contextLength: Int, sequences: Int = 1, cacheType: KVCacheType = .f16
    ) throws -> any LanguageModel {
        try Self.load(path: path, contextLength: contextLength, sequences: sequences, cacheType: cacheType)
    }

    /// Loads a model from a file or folder.
    static func load(
        path: String, contextLength: Int, sequences: Int = 1, cacheType: KVCacheType = .f16
    ) throws -> any LanguageModel {
        let checkpoint = try Checkpoint.open(path)
        let config = checkpoint.config
        let compute = try CPUCompute(threads: nil, stepTokensMax: 1024, logitRowsMax: 64)
        let blocks = sequences * (contextLength / KVCacheShape.blockTokens + 1)
        try compute.makeKVCache(
            KVCacheShape(
                layerCount: config.layerCount, headCount: config.headCount,
                keyValueHeadCount: config.keyValueHeadCount, headDimension: config.headDimension,
                blockCount: blocks, type: cacheType))
        let loader = WeightLoader(checkpoint: checkpoint, compute: compute)
        return try ModelFamily.load(loader, contextLength: contextLength)
    }
}
