import CPUCompute
import Compute
import ModelFiles
import Models

/// A checkpoint's weights in the backend, with a KV cache: a model that runs, and nothing that decides when.
struct ModelRuntime {
    /// What the backend is to make room for.
    struct Sizes {
        /// Threads that compute; nil for what the machine offers.
        var threads: Int?
        /// How the KV cache stores numbers.
        var kvCacheType: KVCacheType
        /// Blocks of the KV cache.
        var blockCount: Int
        /// The most tokens of one sequence.
        var contextLength: Int
        /// The most tokens of a step.
        var stepTokensMax: Int
        /// The most rows of a step whose logits are asked for.
        var logitRowsMax: Int
    }

    let model: any LanguageModel
    let threadCount: Int
    /// Bytes of the weights as the backend holds them.
    let weightBytes: Int

    /// Loads the weights, and shows how far it is.
    ///
    /// - Parameter wrap: What the model is to compute with instead of the backend itself; it must pass everything on.
    init(
        _ checkpoint: Checkpoint, name: String, sizes: Sizes,
        wrap: @Sendable (CPUCompute) -> any Compute = { $0 }
    ) throws {
        let config = checkpoint.config
        let backend = try CPUCompute(
            threads: sizes.threads, stepTokensMax: sizes.stepTokensMax, logitRowsMax: sizes.logitRowsMax)
        let compute = wrap(backend)
        try compute.makeKVCache(
            KVCacheShape(
                layerCount: config.layerCount, headCount: config.headCount,
                keyValueHeadCount: config.keyValueHeadCount, headDimension: config.headDimension,
                blockCount: sizes.blockCount, type: sizes.kvCacheType))
        let progress = ProgressLine("Loading \(name)")
        let loader = WeightLoader(checkpoint: checkpoint, compute: compute, progress: progress.update)
        model = try ModelFamily.load(loader, contextLength: sizes.contextLength)
        progress.finish()
        threadCount = backend.threadCount
        weightBytes = backend.weightBytes
    }
}
