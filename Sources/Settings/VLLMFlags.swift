/// The flags of `vllm serve`.
package enum VLLMFlags {
    /// Those that mean the same here; `config` names a JSON file.
    package static let supported: [String] = [
        "allow-credentials", "allowed-headers", "allowed-methods", "allowed-origins", "api-key",
        "chat-template", "config", "generation-config", "gpu-memory-utilization", "host", "kv-cache-dtype",
        "kv-cache-memory-bytes", "max-model-len", "max-num-batched-tokens", "max-num-seqs", "model", "port",
        "reasoning-parser", "served-model-name", "ssl-certfile", "ssl-keyfile", "tensor-parallel-size",
        "tool-call-parser",
    ]

    /// Those that ask for what is so anyway: taken with one of these values, or where there are none without any.
    package static let confirmed: [String: [String]] = [
        "block-size": ["16"], "cpu-offload-gb": ["0"], "data-parallel-size": ["1"],
        "device": ["auto", "cpu"],
        "disable-custom-all-reduce": [], "disable-log-requests": [], "disable-log-stats": [],
        "exclude-tools-when-tool-choice-none": [],
        "dtype": ["auto"], "enable-auto-tool-choice": [], "enable-reasoning": [],
        "enable-chunked-prefill": [], "enable-offline-docs": [], "enable-request-id-headers": [],
        "enable-ssl-refresh": [], "enforce-eager": [], "load-format": ["auto"],
        "no-enable-log-requests": [], "no-enable-prefix-caching": [], "pipeline-parallel-size": ["1"],
        "scheduling-policy": ["fcfs", "priority"], "swap-space": ["0"], "tokenizer-mode": ["auto"],
    ]

    /// Those that mean nothing here: why, and what to use instead.
    package static let refused: [(reason: String, names: [String])] = [
        ("weights are computed with as the file stores them", ["dtype"]),
        (
            "how the weights are quantised is read from the checkpoint",
            ["quantization", "allow-deprecated-quantization", "load-format", "quantization-param-path"]
        ),
        ("a block of the KV cache has 16 tokens", ["block-size"]),
        (
            "give the cache's size in bytes, with --kv-cache-memory",
            [
                "num-gpu-blocks-override", "swap-space", "cpu-offload-gb", "kv-offloading-size",
                "kv-offloading-backend",
            ]
        ),
        (
            "the KV cache has one type for all layers, without scales; see --kv-cache-dtype",
            [
                "calculate-kv-scales", "kv-cache-dtype-skip-layers", "mamba-cache-dtype",
                "mamba-ssm-cache-dtype",
                "mamba-block-size", "mamba-cache-mode", "kv-sharing-fast-prefill",
                "disable-hybrid-kv-cache-manager",
            ]
        ),
        (
            "prompts share no blocks yet, so every prompt is computed",
            ["enable-prefix-caching", "no-enable-prefix-caching", "prefix-caching-hash-algo"]
        ),
        (
            "prompts are always computed in chunks, of --max-num-batched-tokens at most",
            [
                "enable-chunked-prefill", "no-enable-chunked-prefill", "long-prefill-token-threshold",
                "max-num-partial-prefills", "max-long-partial-prefills", "disable-chunked-mm-input",
            ]
        ),
        (
            "requests are served by their priority, and in the order in which they come",
            ["scheduling-policy", "scheduler-cls", "scheduler-delay-factor", "preemption-mode"]
        ),
        (
            "there is one engine thread, and it never waits for a client",
            [
                "async-scheduling", "no-async-scheduling", "stream-interval", "num-scheduler-steps",
                "multi-step-stream-outputs", "disable-async-output-proc", "api-server-count",
                "disable-frontend-multiprocessing", "headless", "tokenizer-pool-size", "tokenizer-pool-type",
                "tokenizer-pool-extra-config",
            ]
        ),
        (
            "a model is shared among devices by --tensor-parallel-size only",
            [
                "pipeline-parallel-size", "data-parallel-size", "data-parallel-rank",
                "data-parallel-start-rank",
                "data-parallel-size-local", "data-parallel-address", "data-parallel-rpc-port",
                "data-parallel-hybrid-lb", "data-parallel-external-lb", "data-parallel-backend",
                "data-parallel-supervisor-port", "prefill-context-parallel-size",
                "decode-context-parallel-size",
                "dcp-kv-cache-interleave-size", "cp-kv-cache-interleave-size", "enable-expert-parallel",
                "enable-eplb", "eplb-config", "expert-placement-strategy", "all2all-backend", "enable-dbo",
                "ubatch-size", "dbo-decode-token-threshold", "dbo-prefill-token-threshold",
                "disable-nccl-for-dp-synchronization", "max-parallel-loading-workers",
                "disable-custom-all-reduce", "distributed-executor-backend", "worker-use-ray",
                "ray-workers-use-nsight", "worker-cls", "worker-extension-cls", "master-addr", "master-port",
                "nnodes", "node-rank", "kv-transfer-config", "kv-events-config", "ec-transfer-config",
                "dp-supervisor-probe-interval-s", "dp-supervisor-probe-timeout-s",
                "dp-supervisor-probe-failure-threshold", "tokens-only",
            ]
        ),
        (
            "no graph is captured and nothing is compiled at start",
            [
                "enforce-eager", "compilation-config", "optimization-level", "cudagraph-capture-sizes",
                "max-cudagraph-capture-size", "max-seq-len-to-capture", "max-context-len-to-capture",
                "cudagraph-metrics",
            ]
        ),
        (
            "there is one attention kernel for each kind of processor, chosen at start",
            [
                "attention-backend", "attention-config", "disable-cascade-attn", "disable-sliding-window",
                "override-attention-dtype", "device",
            ]
        ),
        (
            "no tokens are drafted",
            [
                "speculative-config", "speculative-model", "num-speculative-tokens",
                "ngram-prompt-lookup-max",
                "ngram-prompt-lookup-min", "speculative-model-quantization", "speculative-max-model-len",
                "speculative-draft-tensor-parallel-size", "speculative-disable-by-batch-size",
                "spec-decoding-acceptance-method", "num-lookahead-slots",
            ]
        ),
        (
            "LoRA adapters are not served; merge the adapter into the checkpoint",
            [
                "enable-lora", "enable-lora-bias", "lora-modules", "max-loras", "max-lora-rank",
                "max-cpu-loras",
                "lora-dtype", "lora-extra-vocab-size", "long-lora-scaling-factors", "fully-sharded-loras",
                "default-mm-loras", "enable-tower-connector-lora", "specialize-active-lora",
                "enable-prompt-adapter", "max-prompt-adapters", "max-prompt-adapter-token",
                "qlora-adapter-name-or-path",
            ]
        ),
        (
            "tool calls and reasoning are parsed as the chat template has them; see --tool-call-parser and "
                + "--reasoning-parser",
            [
                "enable-auto-tool-choice", "tool-parser-plugin", "tool-server",
                "exclude-tools-when-tool-choice-none", "reasoning-parser-plugin", "enable-reasoning",
            ]
        ),
        (
            "replies are not constrained to a grammar",
            [
                "structured-outputs-config", "guided-decoding-backend", "logits-processor-pattern",
                "logits-processors",
            ]
        ),
        (
            "only texts are read, no images, videos or sounds",
            [
                "limit-mm-per-prompt", "mm-processor-kwargs", "media-io-kwargs", "mm-processor-cache-gb",
                "mm-processor-cache-type", "mm-shm-cache-max-object-size-mb", "mm-encoder-only",
                "mm-encoder-tp-mode", "mm-encoder-attn-backend", "enable-mm-embeds", "interleave-mm-strings",
                "skip-mm-profiling", "video-pruning-rate", "allowed-local-media-path",
                "allowed-media-domains",
                "disable-mm-preprocessor-cache", "enable-mm-processor-stats", "io-processor-plugin",
            ]
        ),
        (
            "what a model does, texts, vectors or scores, follows from its own files",
            [
                "task", "runner", "convert", "pooler-config", "override-pooler-config",
                "enable-flash-late-interaction", "enable-prompt-embeds",
            ]
        ),
        (
            "tokenizer, settings and weights are read from the model's own file or folder",
            [
                "tokenizer", "tokenizer-mode", "tokenizer-revision", "skip-tokenizer-init", "config-format",
                "hf-config-path", "hf-overrides", "hf-token", "revision", "code-revision", "download-dir",
                "rope-scaling", "rope-theta", "model-impl", "model-loader-extra-config", "ignore-patterns",
                "safetensors-load-strategy", "pt-load-map-location", "use-tqdm-on-load",
                "use-v2-block-manager",
            ]
        ),
        ("no code that comes with a model is ever run", ["trust-remote-code"]),
        (
            "sampling defaults are the model's own, or vLLM's with --generation-config vllm, and requests give theirs",
            ["override-generation-config", "seed"]
        ),
        (
            "limits of log probabilities are those of the OpenAI API",
            ["max-logprobs", "logprobs-mode", "return-tokens-as-token-ids", "enable-return-routed-experts"]
        ),
        (
            "messages are rendered by the model's template, or by --chat-template's",
            [
                "chat-template-content-format", "trust-request-chat-template", "default-chat-template-kwargs",
                "response-role", "cohere-is-reasoning-model", "cohere-format",
            ]
        ),
        (
            "logs go to standard error, without prompts and replies; see --log-level",
            [
                "log-config-file", "max-log-len", "uvicorn-log-level", "disable-uvicorn-access-log",
                "disable-access-log-for-endpoints", "enable-log-requests", "disable-log-requests",
                "enable-log-outputs", "enable-log-deltas", "log-error-stack", "disable-log-stats",
                "aggregate-engine-logging", "enable-logging-iteration-details",
            ]
        ),
        (
            "statistics are at /metrics, the same for everybody",
            [
                "otlp-traces-endpoint", "collect-detailed-traces", "show-hidden-metrics-for-version",
                "kv-cache-metrics", "kv-cache-metrics-sample", "enable-layerwise-nvtx-tracing",
                "enable-mfu-metrics", "profiler-config", "enable-server-load-tracking",
            ]
        ),
        (
            "a response has the fields of the OpenAI API, and usage where the request asks for it",
            [
                "enable-per-request-metrics", "enable-prompt-tokens-details", "enable-force-include-usage",
                "fingerprint-mode", "fingerprint-value",
            ]
        ),
        ("see /tokenize and /detokenize, or needletail inspect", ["enable-tokenizer-info-endpoint"]),
        (
            "certificates are read again whenever their files change",
            ["enable-ssl-refresh"]
        ),
        (
            "clients are known by their keys, not by certificates, and TLS begins with 1.2",
            ["ssl-ca-certs", "ssl-cert-reqs", "ssl-ciphers"]
        ),
        (
            "paths, sockets and code before the routes belong to a reverse proxy",
            ["root-path", "middleware", "uds"]
        ),
        (
            "/docs is always there, and asks nothing of other machines",
            ["disable-fastapi-docs", "enable-offline-docs"]
        ),
        (
            "see --max-header-size; a request has at most 100 header fields",
            ["h11-max-incomplete-event-size", "h11-max-header-count"]
        ),
        ("every response has an x-request-id", ["enable-request-id-headers"]),
        ("the server gives its memory back by ending, and starts in seconds", ["enable-sleep-mode"]),
        ("there is nothing behind it here", ["additional-config", "override-neuron-config"]),
    ]

    /// vLLM's short names, and what they stand for.
    static let short = [
        "tp": "tensor-parallel-size", "pp": "pipeline-parallel-size", "dp": "data-parallel-size",
        "q": "quantization", "O": "optimization-level", "cc": "compilation-config",
        "sc": "speculative-config",
        "ac": "attention-config", "asc": "api-server-count", "dcp": "decode-context-parallel-size",
        "pcp": "prefill-context-parallel-size", "ep": "enable-expert-parallel", "n": "nnodes",
        "r": "node-rank",
    ]

    fileprivate static let reasons = Dictionary(
        refused.flatMap { group in group.names.map { ($0, group.reason) } },
        uniquingKeysWith: { first, _ in first })
}

/// Why `serve` does not take an option, and what to type instead: of vLLM's options what stands against
/// them, of mistyped ones what was probably meant.
///
/// - Returns: A sentence; nil where this is no option, is one of `serve`'s, or resembles nothing known.
package func refusal(for argument: String) -> String? {
    guard let option = Option(argument) else { return nil }
    let typed = String(argument.split(separator: "=", maxSplits: 1).first ?? "").shown
    if !option.hasTwoDashes {
        let letters = option.name.first == "O" ? "O" : option.name.prefix { $0 != "." }
        return VLLMFlags.short[String(letters)].map { long in
            Setting(flagName: long) != nil
                ? "\(typed) is not taken: write --\(long)" : refused(typed, long) ?? ""
        }
    }
    // vLLM takes `_` for `-`, and members of a structure behind a dot.
    let joined = String(option.name.map { $0 == "_" ? "-" : $0 })
    let name = String(joined.prefix { $0 != "." })
    if Setting(flagName: name) != nil {
        return name == option.name ? nil : "\(typed) is not taken: write --\(name)"
    }
    if let sentence = refused(typed, name) { return sentence }
    if name.hasPrefix("no-"), let sentence = refused(typed, String(name.dropFirst(3))) { return sentence }
    let flags = Setting.allCases.filter { $0 != .model }.map(\.rawValue)
    return nearest(to: name, among: flags, distanceMax: max(2, name.utf8.count / 5)).map {
        "\(typed) is not an option of serve: did you mean --\($0)?"
    }
}

private func refused(_ typed: String, _ name: String) -> String? {
    VLLMFlags.reasons[name].map { "\(typed) has no meaning here: \($0)" }
}
