import OpenAIAPI

/// One path of the API: what answers there, who may ask, and how it is described in `/openapi.json`.
///
/// A path without a description cannot be written, so the document and the server cannot drift apart.
struct RouteEntry: Sendable {
    /// Who may ask.
    enum Access: Sendable {
        /// Everybody: watchers of the server's health need no key, as in vLLM.
        case open
        /// Whoever has a key, where keys are asked for.
        case key
        /// Whoever has a key that shows how the server is set up.
        case admin
    }

    /// The path, with at most one part in braces: `/v1/models/{model}`. Also the label of its metrics.
    let path: String
    /// Who may ask.
    let access: Access
    /// Whether requests count to their caller's limits.
    let isMetered: Bool
    /// Whether the part in braces may hold slashes.
    let spansSlashes: Bool
    /// The methods, each with its description.
    let operations: [(method: String, operation: Operation)]
    /// Makes the route, given the part in braces.
    let route: @Sendable (String) -> Route

    init(
        _ path: String, _ access: Access, isMetered: Bool = false, spansSlashes: Bool = false,
        _ operations: [(method: String, operation: Operation)], _ route: @escaping @Sendable (String) -> Route
    ) {
        self.path = path
        self.access = access
        self.isMetered = isMetered
        self.spansSlashes = spansSlashes
        self.operations = operations
        self.route = route
    }

    /// The methods that it knows; what may be got may be asked about.
    func takes(_ method: String) -> Bool {
        operations.contains { $0.method == (method == "HEAD" ? "GET" : method) }
    }

    /// The part in braces of a path that is one of these; empty where there are no braces, nil where the path is
    /// another.
    func argument(in path: String) -> Substring? {
        guard let brace = self.path.firstIndex(of: "{"), let end = self.path.firstIndex(of: "}") else {
            return path == self.path ? "" : nil
        }
        let (prefix, suffix) = (self.path[..<brace], self.path[self.path.index(after: end)...])
        guard path.utf8.count > prefix.utf8.count + suffix.utf8.count, path.hasPrefix(prefix),
            path.hasSuffix(suffix)
        else { return nil }
        let argument = path.dropFirst(prefix.count).dropLast(suffix.count)
        return spansSlashes || !argument.utf8.contains(UInt8(ascii: "/")) ? argument : nil
    }
}

/// All that the server answers.
enum RouteTable {
    /// Every path, in the order of the document.
    static let entries: [RouteEntry] = [
        RouteEntry("/v1/chat/completions", .key, isMetered: true, [("POST", .chatCompletion)]) { _ in
            .chatCompletions
        },
        RouteEntry("/v1/completions", .key, isMetered: true, [("POST", .completion)]) { _ in .completions },
        RouteEntry("/v1/embeddings", .key, isMetered: true, [("POST", .embeddings)]) { _ in .embeddings },
        RouteEntry(
            "/v1/engines/{model}/embeddings", .key, isMetered: true, spansSlashes: true,
            [("POST", .engineEmbeddings)]
        ) { .engineEmbeddings($0) },
        RouteEntry("/v1/rerank", .key, isMetered: true, [("POST", .rerank(id: "createRerank"))]) { _ in
            .rerank
        },
        RouteEntry("/rerank", .key, isMetered: true, [("POST", .rerank(id: "rerank"))]) { _ in .rerank },
        RouteEntry("/v2/rerank", .key, isMetered: true, [("POST", .rerank(id: "rerankV2"))]) { _ in .rerank },
        RouteEntry("/v1/score", .key, isMetered: true, [("POST", .score(id: "createScore"))]) { _ in .score },
        RouteEntry("/score", .key, isMetered: true, [("POST", .score(id: "score"))]) { _ in .score },
        RouteEntry("/v1/responses", .key, isMetered: true, [("POST", .createResponse)]) { _ in .responses },
        RouteEntry("/v1/responses/{response_id}/input_items", .key, [("GET", .responseInputItems)]) {
            .responseItems($0)
        },
        RouteEntry("/v1/responses/{response_id}/cancel", .key, [("POST", .cancelResponse)]) {
            .cancelResponse($0)
        },
        RouteEntry(
            "/v1/responses/{response_id}", .key, [("GET", .retrieveResponse), ("DELETE", .deleteResponse)]
        ) { .response($0) },
        RouteEntry("/v1/messages", .key, isMetered: true, [("POST", .messages)]) { _ in .messages },
        RouteEntry("/v1/messages/count_tokens", .key, [("POST", .countTokens)]) { _ in .countMessageTokens },
        RouteEntry("/v1/files", .key, [("POST", .uploadFile), ("GET", .listFiles)]) { _ in .files },
        RouteEntry("/v1/files/split", .key, [("POST", .splitFile)]) { _ in .splitFile },
        RouteEntry("/v1/files/{file_id}/content", .key, [("GET", .fileContent)]) { .fileContent($0) },
        RouteEntry("/v1/files/{file_id}", .key, [("GET", .retrieveFile), ("DELETE", .deleteFile)]) {
            .file($0)
        },
        RouteEntry("/v1/batches", .key, [("POST", .createBatch), ("GET", .listBatches)]) { _ in .batches },
        RouteEntry("/v1/batches/{batch_id}/cancel", .key, [("POST", .cancelBatch)]) { .cancelBatch($0) },
        RouteEntry("/v1/batches/{batch_id}", .key, [("GET", .retrieveBatch)]) { .batch($0) },
        RouteEntry("/v1/models", .key, [("GET", .listModels)]) { _ in .models },
        RouteEntry("/v1/models/{model}", .key, spansSlashes: true, [("GET", .retrieveModel)]) { .model($0) },
        RouteEntry("/tokenize", .key, [("POST", .tokenize)]) { _ in .tokenize },
        RouteEntry("/detokenize", .key, [("POST", .detokenize)]) { _ in .detokenize },
        RouteEntry("/health", .open, [("GET", .health)]) { _ in .health },
        RouteEntry("/ready", .open, [("GET", .ready)]) { _ in .ready },
        RouteEntry("/ping", .open, [("GET", .ping), ("POST", .postPing)]) { _ in .ping },
        RouteEntry("/load", .open, [("GET", .load)]) { _ in .load },
        RouteEntry("/metrics", .open, [("GET", .metrics)]) { _ in .metrics },
        RouteEntry("/version", .open, [("GET", .version)]) { _ in .version },
        RouteEntry("/server_info", .admin, [("GET", .serverInfo)]) { _ in .serverInfo },
        RouteEntry("/openapi.json", .open, [("GET", .openAPI)]) { _ in .openAPI },
        RouteEntry("/docs", .open, [("GET", .docs)]) { _ in .docs },
        RouteEntry("/", .open, [("GET", .home)]) { _ in .docs },
    ]

    /// The labels of the paths that watchers of the server ask every few seconds.
    static let monitoringLabels = Set(entries.filter { $0.access == .open }.map(\.path))

    /// Finds what answers.
    ///
    /// - Parameter path: as it came, without the query; model ids may hold slashes and percent escapes.
    /// - Throws: ``APIError`` 404 for an unknown path, 405 for a known path with another method.
    static func find(method: String, path: String) throws(APIError) -> (entry: RouteEntry, route: Route) {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var allowed: [String] = []
        // A path that stands in the table as it is is no other's argument.
        let isExact = entries.contains { $0.path == path }
        for entry in entries where !isExact || entry.path == path {
            guard let part = entry.argument(in: path), let argument = percentDecoded(part) else { continue }
            guard entry.takes(method) else {
                allowed += entry.operations.map(\.method)
                continue
            }
            return (entry, entry.route(argument))
        }
        guard !allowed.isEmpty else { throw .unknownRoute(method, path) }
        throw .methodNotAllowed(method, path, allowed: allowed)
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
