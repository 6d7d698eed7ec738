import CPUCompute
import Capacity
import Embedding
import Glibc
import Logging
import ModelFiles
import Models
import OpenAIAPI
import Tokenizers

/// A model of vectors or scores that is loaded, with a thread that runs it.
struct LoadedEmbedder {
    let path: String
    let checkpoint: EmbeddingCheckpoint
    let tokenizer: Tokenizer
    let memory: EncoderMemory
    /// Bytes of the weights as the backend holds them.
    let weightBytes: Int
    let threadCount: Int
    let embedder: Embedder
    let loadTime: Duration

    /// Tokens that may wait for each token of the queue's length in requests.
    private static let waitingTokensARequest = 512

    /// Loads the weights and starts the thread.
    ///
    /// - Parameter waitingMax: How many requests of usual length may wait before further ones are turned away.
    init(
        _ checkpoint: EmbeddingCheckpoint, memory: EncoderMemory, name: String, threads: Int?,
        waitingMax: Int,
        logger: Logger
    ) throws {
        let clock = ContinuousClock()
        let start = clock.now
        self.checkpoint = checkpoint
        self.memory = memory
        path = checkpoint.folder.path
        tokenizer = try Tokenizer(checkpoint.folder)
        let runtime = try EncoderRuntime(checkpoint, memory, name: name, threads: threads)
        threadCount = runtime.threadCount
        weightBytes = runtime.weightBytes
        embedder = Embedder(
            model: runtime.encoder,
            settings: Embedder.Settings(
                contextLength: checkpoint.contextLength, batchTokensMax: memory.batchTokensMax,
                waitingTokensMax: Self.waitingTokensARequest * waitingMax),
            logger: logger)
        loadTime = clock.now - start
    }

    /// The model as the API serves it, under these names.
    func served(as names: [String]) -> ServedEmbedder {
        let kind: ServedEmbedder.Kind =
            switch checkpoint.head {
            case .embedding: .embedding
            case .classification(let head): .crossEncoder(hasSigmoid: head.hasSigmoid)
            }
        return ServedEmbedder(
            names: names, created: time(nil), kind: kind, tokenizer: tokenizer, embedder: embedder)
    }
}

/// A checkpoint's weights in the backend: a model that runs, and nothing that decides when.
private struct EncoderRuntime {
    let encoder: any SequenceEncoder
    let threadCount: Int
    let weightBytes: Int

    /// Loads the weights, and shows how far it is.
    init(
        _ checkpoint: EmbeddingCheckpoint, _ memory: EncoderMemory, name: String, threads: Int?
    ) throws {
        let backend = try CPUCompute(
            threads: threads, stepTokensMax: memory.batchTokensMax, logitRowsMax: 1)
        let progress = ProgressLine("Loading \(name)")
        encoder = try checkpoint.load(backend, progress: progress.update)
        progress.finish()
        threadCount = backend.threadCount
        weightBytes = backend.weightBytes
    }
}
