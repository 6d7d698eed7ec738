/// A setting of `serve`, named as its flag is.
package enum Setting: String, Sendable, CaseIterable {
    case model
    case additionalModel = "additional-model"
    case embeddingModel = "embedding-model"
    case rerankModel = "rerank-model"
    case host
    case port
    case apiKey = "api-key"
    case apiKeysFile = "api-keys-file"
    case sslCertfile = "ssl-certfile"
    case sslKeyfile = "ssl-keyfile"
    case sslKeyfilePassword = "ssl-keyfile-password"
    case allowedOrigins = "allowed-origins"
    case allowedMethods = "allowed-methods"
    case allowedHeaders = "allowed-headers"
    case allowCredentials = "allow-credentials"
    case servedModelName = "served-model-name"
    case chatTemplate = "chat-template"
    case generationConfig = "generation-config"
    case toolCallParser = "tool-call-parser"
    case reasoningParser = "reasoning-parser"
    case maxModelLen = "max-model-len"
    case gpuMemoryUtilization = "gpu-memory-utilization"
    case kvCacheMemory = "kv-cache-memory"
    case kvCacheDtype = "kv-cache-dtype"
    case tensorParallelSize = "tensor-parallel-size"
    case maxNumSeqs = "max-num-seqs"
    case maxNumBatchedTokens = "max-num-batched-tokens"
    case threads
    case maxWaiting = "max-waiting"
    case maxRequests = "max-requests"
    case maxBodySize = "max-body-size"
    case maxHeaderSize = "max-header-size"
    case idleTimeout = "idle-timeout"
    case bodyTimeout = "body-timeout"
    case shutdownTimeout = "shutdown-timeout"
    case dataDir = "data-dir"
    case logLevel = "log-level"
}

extension Setting {
    /// How it is typed: `--port`, and `MODEL` for the one that has no flag.
    package var flag: String {
        switch self {
        case .model: "MODEL"
        case .additionalModel: "--model"
        default: "--\(rawValue)"
        }
    }

    /// Its own variable: `NEEDLETAIL_MAX_MODEL_LEN`.
    package var variable: String {
        "NEEDLETAIL_" + String(rawValue.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Every variable that sets it, the strongest first: its own, then those of api-for-open-llm.
    package var variables: [String] {
        [variable] + KnownVariable.inventory.filter { $0.meaning == .sets(self) }.map(\.name)
    }

    /// The setting with that flag, without the dashes, under any of its names.
    package init?(flagName: String) {
        switch flagName {
        case "kv-cache-memory-bytes": self = .kvCacheMemory
        case "model": self = .additionalModel
        default: self.init(rawValue: flagName)
        }
    }

    /// Whether its flag takes one value and may stand several times; other lists take all that follows.
    package var isRepeated: Bool { self == .additionalModel }

    /// Whether its value must never be shown.
    package var isSecret: Bool { self == .apiKey || self == .sslKeyfilePassword }

    /// What values it takes.
    package var kind: ValueKind {
        switch self {
        case .model, .host, .chatTemplate, .embeddingModel, .rerankModel, .toolCallParser, .reasoningParser,
            .dataDir,
            .apiKeysFile, .sslCertfile, .sslKeyfile, .sslKeyfilePassword:
            .text
        case .apiKey, .servedModelName, .additionalModel, .allowedOrigins, .allowedMethods, .allowedHeaders:
            .list
        case .allowCredentials: .flag
        case .port: .integer(0...65_535)
        case .generationConfig: .choice(["auto", "vllm"])
        case .maxModelLen: .integerOrAuto(2...(1 << 30))
        case .gpuMemoryUtilization: .number(0.01...1)
        case .kvCacheMemory: .size
        case .kvCacheDtype:
            .choice([
                "auto", "float16", "f16", "half", "bfloat16", "bf16", "q8_0", "int8", "fp8", "fp8_e4m3",
                "fp8_e5m2",
            ])
        case .tensorParallelSize: .integer(1...1024)
        case .maxNumSeqs: .integer(1...4096)
        case .maxNumBatchedTokens: .integer(1...65_536)
        case .threads: .integer(1...1024)
        case .maxWaiting: .integer(0...1_000_000)
        case .maxRequests: .integer(1...1_000_000)
        case .maxBodySize, .maxHeaderSize: .size
        case .idleTimeout, .bodyTimeout: .integer(1...86_400)
        case .shutdownTimeout: .integer(0...86_400)
        case .logLevel: .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"])
        }
    }

    /// The value where nobody gives one; nil where the absence itself has a meaning (``absence``).
    package var defaultValue: SettingValue? {
        switch self {
        case .model: .text("smollm2")
        case .host: .text("127.0.0.1")
        case .port: .integer(8000)
        case .generationConfig, .kvCacheDtype: .text("auto")
        case .tensorParallelSize: .integer(1)
        case .maxNumSeqs: .integer(64)
        case .maxNumBatchedTokens: .integer(512)
        case .allowCredentials: .flag(false)
        case .maxWaiting, .maxRequests: .integer(1024)
        case .maxBodySize: .bytes(32 << 20)
        case .maxHeaderSize: .bytes(64 << 10)
        case .idleTimeout: .integer(75)
        case .bodyTimeout: .integer(300)
        case .shutdownTimeout: .integer(30)
        case .logLevel: .text("info")
        case .toolCallParser, .reasoningParser: .text("auto")
        case .additionalModel, .embeddingModel, .rerankModel, .apiKey, .apiKeysFile, .sslCertfile,
            .sslKeyfile,
            .sslKeyfilePassword, .allowedOrigins, .allowedMethods, .allowedHeaders, .servedModelName,
            .chatTemplate, .maxModelLen,
            .gpuMemoryUtilization, .kvCacheMemory, .threads, .dataDir:
            nil
        }
    }

    /// What it means when it has no value.
    package var absence: String {
        switch self {
        case .apiKey: "none: everybody may"
        case .apiKeysFile: "none"
        case .sslCertfile, .sslKeyfile: "none: plain HTTP"
        case .allowedOrigins: "none: no web page may"
        case .allowedMethods: "GET, HEAD, POST, DELETE"
        case .allowedHeaders: "those that are asked for"
        case .additionalModel, .embeddingModel, .rerankModel: "none"
        case .servedModelName: "the file's own name"
        case .chatTemplate: "the model's own"
        case .maxModelLen: "auto: the model's own, or what fits"
        case .gpuMemoryUtilization: "the planner's share"
        case .kvCacheMemory: "what the plan leaves"
        case .threads: "every CPU of this process"
        case .dataDir: "needletail in $XDG_DATA_HOME, or ~/.local/share/needletail"
        default: "not set"
        }
    }
}
