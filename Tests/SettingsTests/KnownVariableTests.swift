import Settings
import Testing

@Suite struct KnownVariableTests {
    /// The names in api-for-open-llm's sources (commit 1410ac3, its tag for older engines, and its `.env`
    /// examples).
    private static let spelled = """
        HOST PORT API_PREFIX ENGINE TASKS API_KEYS ACTIVATE_INFERENCE STORAGE_LOCAL_PATH DEVICE_MAP
        GPUS NUM_GPUs MODEL_NAME MODEL_PATH PROMPT_NAME CONTEXT_LEN DTYPE INTERRUPT_REQUESTS
        LOAD_IN_8BIT LOAD_IN_4BIT ROPE_SCALING FLASH_ATTN TRUST_REMOTE_CODE TOKENIZE_MODE
        TENSOR_PARALLEL_SIZE GPU_MEMORY_UTILIZATION MAX_NUM_BATCHED_TOKENS MAX_NUM_SEQS
        QUANTIZATION_METHOD ENFORCE_EAGER MAX_SEQ_LEN_TO_CAPTURE DISABLE_CUSTOM_ALL_REDUCE
        VLLM_DISABLE_LOG_STATS DISTRIBUTED_EXECUTOR_BACKEND LORA_EXTRA_VOCAB_SIZE MAX_CPU_LORAS
        MAX_LORAS MAX_LORA_RANK LORA_DTYPE LORA_MODULES EMBEDDING_NAME RERANK_NAME EMBEDDING_SIZE
        EMBEDDING_DEVICE RERANK_DEVICE batch_size TEI_ENDPOINT N_GPU_LAYERS MAIN_GPU TENSOR_SPLIT
        N_BATCH N_THREADS N_THREADS_BATCH ROPE_SCALING_TYPE ROPE_FREQ_BASE ROPE_FREQ_SCALE
        TGI_ENDPOINT MAX_CONCURRENT_REQUESTS MAX_CLIENT_BATCH_SIZE ADAPTER_MODEL_PATH
        RESIZE_EMBEDDINGS DEVICE ONLY_EMBEDDING QUANTIZE USING_PTUNING_V2 PRE_SEQ_LEN PATCH_TYPE
        ALPHA STREAM_INTERVERL USE_VLLM USE_STREAMER_V2 CHAT_API_BASE SQL_CHAT_API_BASE
        TOOL_CHAT_API_BASE EMBEDDING_API_BASE INTERPRETER_CHAT_API_BASE API_KEY SERPAPI_API_KEY
        IPYKERNEL OPENAI_API_KEY OPENAI_API_BASE
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    @Test("Every variable of api-for-open-llm is known under its exact name, once, and no other")
    func knowsAll() {
        #expect(KnownVariable.inventory.map(\.name).sorted() == Self.spelled.sorted())
    }

    @Test("Each one is honoured, or named in the log as without effect and why", arguments: spelled)
    func tellsAll(name: String) throws {
        let variable = try #require(KnownVariable.named(name))
        let settings = EffectiveSettings(environment: [name: "1"])
        let said = settings.findings.filter { $0.subject == name }
        switch variable.meaning {
        case .sets(let setting):
            #expect(
                settings[setting].origin == .environment(name) || said.contains { $0.kind == .badValue })
        case .checked:
            #expect(said.allSatisfy { $0.kind == .badValue || $0.kind == .contradiction })
        case .withoutEffect(let why):
            #expect(said.map(\.kind) == [.withoutEffect])
            #expect(said.first?.message.hasPrefix("\(name) has no effect: ") == true)
            #expect(said.first?.message.hasSuffix(String(why.dropFirst())) == true)
        }
    }

    @Test("The 33 prompt formats and the default are known")
    func knowsPromptNames() {
        #expect(PromptNames.known.count == 34)
        #expect(Set(PromptNames.known).count == 34)
    }
}
