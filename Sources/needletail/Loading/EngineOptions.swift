import ArgumentParser

/// The settings of model and engine that `serve`, `chat` and `bench` share, under vLLM's names.
struct EngineOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most tokens of one sequence, prompt and output together; auto or -1 takes what fits.",
            discussion: "By default the model's own length, or what fits where memory is short.",
            valueName: "tokens"))
    var maxModelLen: ContextLength?

    @Option(help: ArgumentHelp("The most sequences that run together.", valueName: "count"))
    var maxNumSeqs = 64

    @Option(
        help: ArgumentHelp(
            "The most tokens of one step: longer prompts are computed in chunks.", valueName: "tokens"))
    var maxNumBatchedTokens = 512

    @Option(
        name: [.customLong("kv-cache-memory"), .customLong("kv-cache-memory-bytes")],
        help: ArgumentHelp(
            "Memory for the KV cache, such as 2GiB.", discussion: "By default up to 4 GiB of what is free.",
            valueName: "size"))
    var kvCacheMemory: ByteSize?

    @Option(
        help: ArgumentHelp(
            "The share of the available memory that weights, KV cache and activations may use together.",
            discussion: "With it the KV cache takes all that the share leaves.", valueName: "0…1"))
    var gpuMemoryUtilization: Double?

    @Option(
        help: ArgumentHelp(
            "Numbers of the KV cache: auto, float16, bfloat16 or q8_0, which takes half the memory.",
            discussion: "int8 and fp8 are taken for q8_0: 8-bit integers with a scale for each 32.",
            valueName: "type"))
    var kvCacheDtype = KVCacheOption.auto

    @Option(
        help: ArgumentHelp(
            "Threads that compute; by default every CPU this process may use.", valueName: "count"))
    var threads: Int?

    func validate() throws {
        try require(maxModelLen?.tokens.map { $0 >= 2 } ?? true, "--max-model-len must be 2 or more")
        try require(
            gpuMemoryUtilization.map { $0 > 0 && $0 <= 1 } ?? true,
            "--gpu-memory-utilization must be over 0, up to 1")
        try require((1...4096).contains(maxNumSeqs), "--max-num-seqs must be 1 to 4096, not \(maxNumSeqs)")
        try require(
            (1...65_536).contains(maxNumBatchedTokens),
            "--max-num-batched-tokens must be 1 to 65536, not \(maxNumBatchedTokens)")
        try require(
            maxNumBatchedTokens >= maxNumSeqs,
            "--max-num-batched-tokens (\(maxNumBatchedTokens)) must be at least --max-num-seqs (\(maxNumSeqs)), "
                + "so that every running sequence gets a token each step")
        try require(threads.map { (1...1024).contains($0) } ?? true, "--threads must be 1 to 1024")
    }

    private func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw ValidationError(message) }
    }
}
