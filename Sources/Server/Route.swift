import OpenAIAPI

/// What a method and a path ask for.
enum Route: Hashable {
    case chatCompletions, completions
    case models
    case model(String)
    case tokenize, detokenize
    case embeddings, rerank, score
    case engineEmbeddings(String)
    case health, ping, load, metrics, version

    /// The routes that take no argument.
    private static let fixed: [String: (route: Route, methods: [String])] = [
        "/v1/chat/completions": (.chatCompletions, ["POST"]), "/v1/completions": (.completions, ["POST"]),
        "/v1/models": (.models, ["GET"]), "/tokenize": (.tokenize, ["POST"]),
        "/detokenize": (.detokenize, ["POST"]),
        "/v1/embeddings": (.embeddings, ["POST"]),
        "/rerank": (.rerank, ["POST"]), "/v1/rerank": (.rerank, ["POST"]), "/v2/rerank": (.rerank, ["POST"]),
        "/score": (.score, ["POST"]), "/v1/score": (.score, ["POST"]),
        "/health": (.health, ["GET"]), "/ping": (.ping, ["GET", "POST"]), "/load": (.load, ["GET"]),
        "/metrics": (.metrics, ["GET"]), "/version": (.version, ["GET"]),
    ]

    /// The labels of the routes that watchers of the server ask every few seconds.
    static let monitoringLabels = Set(fixed.filter { !$0.value.route.isGuarded }.keys)

    /// - Parameter path: as it came, without the query; model ids may hold slashes and percent escapes.
    /// - Throws: ``APIError`` 404 for an unknown path, 405 for a known path with another method.
    init(method: String, path: String) throws(APIError) {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        if let engine = Self.engine(path) {
            guard method == "POST" else { throw .methodNotAllowed(method, path, allowed: ["POST"]) }
            self = .engineEmbeddings(engine)
            return
        }
        let modelPrefix = "/v1/models/"
        let found =
            path.hasPrefix(modelPrefix)
            ? Self.percentDecoded(path.dropFirst(modelPrefix.count)).map {
                (route: .model($0), methods: ["GET"])
            }
            : Self.fixed[path]
        guard let found else { throw .unknownRoute(method, path) }
        // What may be got may be asked about.
        guard found.methods.contains(method == "HEAD" ? "GET" : method) else {
            throw .methodNotAllowed(method, path, allowed: found.methods)
        }
        self = found.route
    }

    /// Whether an API key is asked for; watchers of the server's health need none, as in vLLM.
    var isGuarded: Bool {
        switch self {
        case .chatCompletions, .completions, .models, .model, .tokenize, .detokenize: true
        case .embeddings, .engineEmbeddings, .rerank, .score: true
        case .health, .ping, .load, .metrics, .version: false
        }
    }

    /// The path as a metrics label: one text for all model ids.
    var label: String {
        switch self {
        case .model: return "/v1/models/{id}"
        case .engineEmbeddings: return "/v1/engines/{name}/embeddings"
        case .rerank: return "/v1/rerank"
        case .score: return "/v1/score"
        default: break
        }
        return Self.fixed.first { $0.value.route == self }?.key ?? ""
    }

    /// The name in api-for-open-llm's `/v1/engines/{name}/embeddings`.
    private static func engine(_ path: String) -> String? {
        let (prefix, suffix) = ("/v1/engines/", "/embeddings")
        guard path.hasPrefix(prefix), path.hasSuffix(suffix),
            path.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return nil }
        return percentDecoded(path.dropFirst(prefix.count).dropLast(suffix.count))
    }

    /// The text with its percent escapes resolved (RFC 3986), or nil where that is no UTF-8.
    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
