extension KnownVariable {
    /// Every variable of api-for-open-llm, those of its demos and of versions long past included.
    package static let inventory: [KnownVariable] =
        base + device + model + transformers + vllm + lora + retrieval + removed + legacy + demo

    private static let base = [
        sets("HOST", .host, .base),
        sets("PORT", .port, .base),
        checked("API_PREFIX", "Routes are under /v1, and no other value is taken", .base),
        checked("ENGINE", "There is one engine; `default` and `vllm` are taken and mean it", .base),
        checked(
            "TASKS",
            "`llm` serves MODEL; `rag` needs EMBEDDING_NAME or RERANK_NAME, and without `llm` only these are served",
            .base),
        sets("API_KEYS", .apiKey, .base),
        checked("ACTIVATE_INFERENCE", "Only `true`: there is nothing to serve without a model", .base),
        sets("STORAGE_LOCAL_PATH", .dataDir, .base),
    ]

    private static let device = [
        none("DEVICE_MAP", "Where the weights go follows from the plan", .device),
        checked(
            "GPUS", "Devices that are named but not used are told; TENSOR_PARALLEL_SIZE uses them", .device),
        checked(
            "NUM_GPUs", "Held against TENSOR_PARALLEL_SIZE, which says how many devices work together",
            .device),
    ]

    private static let model = [
        sets("MODEL_NAME", .servedModelName, .model),
        sets("MODEL_PATH", .model, .model),
        checked(
            "PROMPT_NAME", "Must be a known name; the chat template is the model's own, or --chat-template's",
            .model),
        sets("CONTEXT_LEN", .maxModelLen, .model, unset: "-1"),
        none("DTYPE", "Weights are computed with as the file stores them", .model),
        none("INTERRUPT_REQUESTS", "Requests run side by side and need not interrupt each other", .model),
    ]

    private static let transformers = [
        none("LOAD_IN_8BIT", "Weights are not quantised while loading; take a Q8_0 file", .transformers),
        none("LOAD_IN_4BIT", "Weights are not quantised while loading; take a Q4_K_M file", .transformers),
        none("ROPE_SCALING", "Rotary scaling is taken from the model's own files", .transformers),
        none(
            "FLASH_ATTN", "Attention never stores the whole score matrix, with or without it", .transformers),
    ]

    private static let vllm = [
        none("TRUST_REMOTE_CODE", "No code that comes with a model is ever run", .vllm),
        none("TOKENIZE_MODE", "There is one tokenizer, and api-for-open-llm dropped this setting too", .vllm),
        sets("TENSOR_PARALLEL_SIZE", .tensorParallelSize, .vllm),
        sets("GPU_MEMORY_UTILIZATION", .gpuMemoryUtilization, .vllm),
        sets("MAX_NUM_BATCHED_TOKENS", .maxNumBatchedTokens, .vllm, unset: "-1"),
        sets("MAX_NUM_SEQS", .maxNumSeqs, .vllm),
        none("QUANTIZATION_METHOD", "How the weights are quantised is read from the checkpoint", .vllm),
        none("ENFORCE_EAGER", "No graph is captured", .vllm),
        none("MAX_SEQ_LEN_TO_CAPTURE", "No graph is captured", .vllm),
        none("DISABLE_CUSTOM_ALL_REDUCE", "There is no such all-reduce to disable", .vllm),
        none("VLLM_DISABLE_LOG_STATS", "Statistics are at /metrics and never in the log", .vllm),
        none("DISTRIBUTED_EXECUTOR_BACKEND", "Everything runs in one process, without Ray", .vllm),
    ]

    private static let lora = [
        "LORA_EXTRA_VOCAB_SIZE", "MAX_CPU_LORAS", "MAX_LORAS", "MAX_LORA_RANK", "LORA_DTYPE", "LORA_MODULES",
    ].map { none($0, "LoRA adapters are not served; merge the adapter into the checkpoint", .lora) }

    private static let retrieval = [
        sets("EMBEDDING_NAME", .embeddingModel, .retrieval),
        sets("RERANK_NAME", .rerankModel, .retrieval),
        none(
            "EMBEDDING_SIZE", "Vectors have the model's own size, or the `dimensions` of a request",
            .retrieval),
        none("EMBEDDING_DEVICE", "Where the model runs follows from the plan", .retrieval),
        none("RERANK_DEVICE", "Where the model runs follows from the plan", .retrieval),
        none(
            "batch_size", "Texts are batched by their tokens, whichever requests they come from", .retrieval),
        none("TEI_ENDPOINT", "Requests are answered here and not passed on", .retrieval),
    ]

    private static let removed = [
        none("N_GPU_LAYERS", "A model is on one kind of device as a whole", .removed),
        none("MAIN_GPU", "A model is on one kind of device as a whole", .removed),
        none("TENSOR_SPLIT", "Devices share a model evenly", .removed),
        sets("N_BATCH", .maxNumBatchedTokens, .removed),
        sets("N_THREADS", .threads, .removed),
        none(
            "N_THREADS_BATCH", "Prompts and replies are computed by the same threads; see N_THREADS", .removed
        ),
        none("ROPE_SCALING_TYPE", "Rotary scaling is taken from the model's own files", .removed),
        none("ROPE_FREQ_BASE", "Rotary frequencies are taken from the model's own files", .removed),
        none("ROPE_FREQ_SCALE", "Rotary frequencies are taken from the model's own files", .removed),
        none("TGI_ENDPOINT", "Requests are answered here and not passed on", .removed),
        none("MAX_CONCURRENT_REQUESTS", "It was the embedding server's; see --max-waiting", .removed),
        none(
            "MAX_CLIENT_BATCH_SIZE", "A request for embeddings may have 2048 texts", .removed),
    ]

    private static let legacy = [
        none(
            "ADAPTER_MODEL_PATH", "LoRA adapters are not served; merge the adapter into the checkpoint",
            .legacy),
        none("RESIZE_EMBEDDINGS", "The embedding is used as the checkpoint has it", .legacy),
        none("DEVICE", "Where the model runs follows from the plan", .legacy),
        none("ONLY_EMBEDDING", "Serve the embedding model as MODEL, or set TASKS=rag", .legacy),
        none("QUANTIZE", "Weights are not quantised while loading; take a quantised file", .legacy),
        none("USING_PTUNING_V2", "P-tuning prefixes are not loaded", .legacy),
        none("PRE_SEQ_LEN", "P-tuning prefixes are not loaded", .legacy),
        none("PATCH_TYPE", "Rotary scaling is taken from the model's own files", .legacy),
        none("ALPHA", "Rotary scaling is taken from the model's own files", .legacy),
        none("STREAM_INTERVERL", "Every token is sent as soon as it is there", .legacy),
        none("USE_VLLM", "There is one engine, and it batches continuously", .legacy),
        none("USE_STREAMER_V2", "There is one way of streaming", .legacy),
    ]

    private static let demo =
        [
            "CHAT_API_BASE", "SQL_CHAT_API_BASE", "TOOL_CHAT_API_BASE", "EMBEDDING_API_BASE",
            "INTERPRETER_CHAT_API_BASE", "SERPAPI_API_KEY", "IPYKERNEL",
        ].map { none($0, "It belongs to the demo programs", .demo) } + [
            none("API_KEY", "It belongs to the demo programs; the server's keys are API_KEYS", .demo),
            none(
                "OPENAI_API_KEY", "It is for clients; the server's keys are API_KEYS", .demo),
            none("OPENAI_API_BASE", "It is for clients; see HOST and PORT", .demo),
        ]
}

private func sets(
    _ name: String, _ setting: Setting, _ group: KnownVariable.Group, unset: String? = nil
) -> KnownVariable {
    KnownVariable(name: name, group: group, meaning: .sets(setting), unset: unset)
}

private func checked(_ name: String, _ how: String, _ group: KnownVariable.Group) -> KnownVariable {
    KnownVariable(name: name, group: group, meaning: .checked(how), unset: nil)
}

private func none(_ name: String, _ why: String, _ group: KnownVariable.Group) -> KnownVariable {
    KnownVariable(name: name, group: group, meaning: .withoutEffect(why), unset: nil)
}
