import ArgumentParser
import Capacity

/// The settings that `plan` shares with `serve` and `vllm serve`, under their names.
struct PlanOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many devices share the model; 1 by default.", valueName: "ranks"))
    var tensorParallelSize: Int?

    @Option(help: ArgumentHelp("The share of each device's memory that may be used.", valueName: "0…1"))
    var gpuMemoryUtilization: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most tokens of one sequence, such as 32768, 32k or 32K; auto or -1 takes what fits.",
            valueName: "tokens"))
    var maxModelLen: ContextLength?

    @Option(help: ArgumentHelp("The most sequences that run together.", valueName: "count"))
    var maxNumSeqs: Int?

    @Option(help: ArgumentHelp("The most tokens of one step.", valueName: "tokens"))
    var maxNumBatchedTokens: Int?

    @Option(
        help: ArgumentHelp(
            "Numbers of the KV cache: auto, float16, bfloat16, q8_0 or fp8, which for Needletail is q8_0.",
            valueName: "type"))
    var kvCacheDtype = KVCacheOption.auto

    @Option(help: ArgumentHelp("Tokens of one block of the KV cache.", valueName: "tokens"))
    var blockSize = 16

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Weighs the weights as if they were quantised so: awq, gptq, fp8 …", valueName: "method"))
    var quantization: String?

    @Option(
        name: [.customLong("kv-cache-memory"), .customLong("kv-cache-memory-bytes")],
        help: ArgumentHelp(
            "Memory of each device for the KV cache, instead of what the share leaves.", valueName: "size"))
    var kvCacheMemory: ByteSize?

    @Flag(help: "Plans without CUDA graphs, as vLLM does with the same flag.")
    var enforceEager = false

    /// Puts the settings into a request.
    func apply(to request: inout PlanRequest) {
        request.tensorParallelSize = tensorParallelSize ?? 1
        request.utilization = gpuMemoryUtilization
        request.contextLength = maxModelLen?.tokens
        request.sequencesMax = maxNumSeqs
        request.stepTokensMax = maxNumBatchedTokens
        request.kvType = kvCacheDtype.planned(for: request.engine)
        request.blockSize = blockSize
        request.kvCacheBytes = kvCacheMemory?.bytes
        request.enforcesEager = enforceEager
    }
}

/// A context length as vLLM reads it: `32768`, `32k` (32,000), `32K` (32,768), `auto` or `-1`.
enum ContextLength: ExpressibleByArgument, Equatable {
    /// Whatever fits.
    case automatic
    case exactly(Int)

    init?(argument: String) {
        if argument == "auto" || argument == "-1" {
            self = .automatic
            return
        }
        let factors: [Character: Double] = [
            "k": 1e3, "m": 1e6, "K": 1024, "M": 1_048_576,
        ]
        let factor = argument.last.flatMap { factors[$0] }
        let number = factor == nil ? argument[...] : argument.dropLast()
        guard
            let tokens = factor.map({ factor in Double(number).map { $0 * factor } })
                ?? Int(number).map(Double.init),
            tokens >= 1, tokens < 1e15
        else { return nil }
        self = .exactly(Int(tokens))
    }

    /// The number, where one was given.
    var tokens: Int? {
        if case .exactly(let tokens) = self { tokens } else { nil }
    }
}
