/// What an engine takes on one rank beside weights and KV cache, and the defaults that decide it.
struct EngineMemory: Sendable, Equatable {
    /// The share of the device's memory that may be used.
    var utilization: Double
    var sequencesMax: Int
    /// The most tokens of one step.
    var stepTokensMax: Int
    /// Bytes that are neither weights nor KV cache.
    var bytes: Int
    /// How far ``bytes`` may be off; 0 where the engine is ours.
    var uncertaintyBytes: Int
    /// Whether layers with a window or chunk are stored like those without.
    var storesWindowsWhole: Bool

    /// Works out what the request's engine takes to serve a context length.
    static func of(_ request: PlanRequest, contextLength: Int) throws(PlanError) -> EngineMemory {
        switch request.engine {
        case .needletail: try needletail(request, contextLength: contextLength)
        case .vllm(let major, let minor):
            try vllm(request, version: VLLMVersion(major: major, minor: minor), contextLength: contextLength)
        }
    }

    /// What the program takes on a CPU before a model is open: code, libraries, the HTTP server, TLS, SQLite.
    private static let programBytes = 52 << 20
    /// What an entry of the vocabulary takes in the tokenizer: its text, and its merge.
    private static let vocabularyEntryBytes = 160

    /// Ours: the activations of a step in f32, those of one product packed beside them, the logits of its sampled rows,
    /// the rotary tables, and on a CPU, whose memory it shares, the program itself.
    private static func needletail(
        _ request: PlanRequest, contextLength: Int
    ) throws(PlanError) -> EngineMemory {
        let profile = request.profile
        let sequences = request.sequencesMax ?? CapacityPlanner.sequencesMaxDefault
        let stepTokens = request.stepTokensMax ?? CapacityPlanner.stepTokensMaxDefault
        let shape = try StepShape(profile, ranks: request.tensorParallelSize)
        let row = try sum(
            2 * profile.hiddenSize, 2 * shape.querySize, shape.keyValueSize, shape.feedForwardSize,
            max(profile.hiddenSize, shape.feedForwardSize), of: "a step's activations")
        let numbers = try sum(
            try product(stepTokens, row, of: "a step's activations"),
            try product(sequences, profile.vocabularySize, of: "a step's logits"),
            try product(contextLength, shape.headSize, of: "the rotary tables"), of: "a step's activations")
        let program =
            request.deviceKind == .cpu
            ? try sum(
                programBytes, product(vocabularyEntryBytes, profile.vocabularySize, of: "the tokenizer"),
                of: "the program") : 0
        return EngineMemory(
            utilization: request.utilization ?? CapacityPlanner.utilizationDefault, sequencesMax: sequences,
            stepTokensMax: stepTokens,
            bytes: try sum(product(4, numbers, of: "a step's activations"), program, of: "our memory"),
            uncertaintyBytes: 0, storesWindowsWhole: true)
    }
}

/// The widths of one layer's activations on one rank, in numbers a token.
struct StepShape: Sendable, Equatable {
    var hiddenSize: Int
    /// The queries of all heads.
    var querySize: Int
    /// Keys and values together.
    var keyValueSize: Int
    /// The width of a key, which the rotary tables cover.
    var headSize: Int
    /// The feed-forward network's width; of one token's experts together in a mixture.
    var feedForwardSize: Int

    init(_ profile: ModelProfile, ranks: Int) throws(PlanError) {
        hiddenSize = profile.hiddenSize
        let keyValues = profile.layers.reduce((heads: 0, key: 0, value: 0)) { widest, layer in
            switch layer {
            case .full(let heads, let key, let value), .sliding(let heads, let key, let value, _),
                .chunked(let heads, let key, let value, _):
                (max(widest.heads, heads), max(widest.key, key), max(widest.value, value))
            case .latent(let rank, let rope):
                (max(widest.heads, 1), max(widest.key, rank + rope), widest.value)
            case .recurrent, .none: widest
            }
        }
        headSize = keyValues.key
        querySize = try product(profile.headCount / ranks, headSize, of: "the queries of a token")
        keyValueSize = try product(
            max(1, keyValues.heads / ranks), keyValues.key + keyValues.value, of: "the keys of a token")
        if let experts = profile.experts {
            feedForwardSize = quotientRoundedUp(
                try product(experts.usedCount, experts.feedForwardSize, of: "the experts' activations"), ranks
            )
        } else {
            feedForwardSize = quotientRoundedUp(profile.feedForwardSize, ranks)
        }
    }
}
