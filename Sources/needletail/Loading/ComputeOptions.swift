import ArgumentParser

/// The settings of the backend for commands that run a model without an engine, named as in ``EngineOptions``.
struct ComputeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Numbers of the KV cache: auto, float16, bfloat16 or q8_0.", valueName: "type"))
    var kvCacheDtype = KVCacheOption.auto

    @Option(
        help: ArgumentHelp(
            "Threads that compute; by default every CPU this process may use.", valueName: "count"))
    var threads: Int?

    func validate() throws {
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be 1 to 1024")
        }
    }
}
