import ArgumentParser
import CPUCompute
import Capacity
import ChatTemplates
import Compute
import Diagnosis
import Engine
import Glibc
import Logging
import ModelFiles
import Tokenizers

/// A model that is open, planned and loaded, with an engine that runs it.
struct LoadedModel {
    let name: String
    let path: String
    let checkpoint: Checkpoint
    let tokenizer: Tokenizer
    /// The checkpoint's own template or the one that was given; nil where there is none.
    let chatTemplate: ChatTemplate?
    let plan: CapacityPlan
    /// Bytes of the weights as the backend holds them.
    let weightBytes: Int
    let threadCount: Int
    let engine: Engine
    let loadTime: Duration

    /// Opens the model, plans its memory, loads it by that plan and starts an engine.
    ///
    /// - Parameters:
    ///   - plan: Its memory, where it was planned with other models; nil plans with all that is free.
    ///   - waitingMax: How many requests may wait for a place before further ones are turned away.
    ///   - wrap: What the model is to compute with instead of the backend itself; it must pass everything on.
    init(
        _ location: ModelLocation, options: EngineOptions, chatTemplateFile: String? = nil,
        waitingMax: Int = 1024, plan: CapacityPlan? = nil, logger: Logger,
        wrap: @Sendable (CPUCompute) -> any Compute = { $0 }
    ) throws {
        let clock = ContinuousClock()
        let start = clock.now
        name = location.name
        path = location.path
        checkpoint = try Checkpoint.open(location.path)
        tokenizer = try Tokenizer.load(from: checkpoint)
        chatTemplate = try Self.chatTemplate(file: chatTemplateFile, checkpoint: checkpoint)
        let plan =
            try plan
            ?? SharedMemory(
                [(location.name, location.path)], options: options,
                availableBytes: Machine.availableBytes() ?? 0
            ).plans[0]
        self.plan = plan

        let runtime = try ModelRuntime(
            checkpoint, name: name,
            sizes: ModelRuntime.Sizes(
                threads: options.threads, kvCacheType: options.kvCacheDtype.type, blockCount: plan.kvBlocks,
                contextLength: plan.servedContext, stepTokensMax: options.maxNumBatchedTokens,
                logitRowsMax: options.maxNumSeqs),
            wrap: wrap)
        threadCount = runtime.threadCount
        weightBytes = runtime.weightBytes

        engine = Engine(
            model: runtime.model,
            settings: Engine.Settings(
                sequencesMax: options.maxNumSeqs, stepTokensMax: options.maxNumBatchedTokens,
                blockCount: plan.kvBlocks, contextLength: plan.servedContext, waitingMax: waitingMax,
                endOfSequence: checkpoint.config.endOfSequence),
            logger: logger)
        loadTime = clock.now - start
    }

    private static func chatTemplate(file: String?, checkpoint: Checkpoint) throws -> ChatTemplate? {
        if let file {
            do {
                return try ChatTemplate(TextFile.read(file))
            } catch let error as TemplateError {
                throw ValidationError("--chat-template \(file): \(error)")
            }
        }
        return try checkpoint.chatTemplate.map { try ChatTemplate($0) }
    }

    /// What is asked of the planner for a model, on a machine without any memory yet.
    static func request(_ path: String, _ options: EngineOptions) throws -> PlanRequest {
        var request = PlanRequest(
            profile: try ModelProfile.load(path: path), deviceName: "this machine", deviceBytes: 0)
        request.deviceKind = .cpu
        request.utilization = options.gpuMemoryUtilization
        request.contextLength = options.maxModelLen?.tokens
        request.kvType = options.kvCacheDtype.planned(for: .needletail)
        request.blockSize = KVCacheShape.blockTokens
        request.sequencesMax = options.maxNumSeqs
        request.stepTokensMax = options.maxNumBatchedTokens
        request.kvCacheBytes = options.kvCacheMemory?.bytes
        return request
    }
}

/// The model does not fit as asked: the figures, and what to change.
struct CapacityRefusal: Error, CustomStringConvertible {
    let description: String
}

extension CapacityPlan {
    /// The most tokens of one sequence that are served: what was asked for, or less where that does not fit.
    var servedContext: Int { min(requestedContext, maxContext) }
}
