/// The routes of what is stored, most of which name it in their path.
extension Route {
    /// Each with what stands before and behind the id, in the order to look at them.
    private static let named:
        [(prefix: String, suffix: String, methods: [String], route: @Sendable (String) -> Route)] = [
            ("/v1/responses/", "/input_items", ["GET"], { .responseItems($0) }),
            ("/v1/responses/", "/cancel", ["POST"], { .cancelResponse($0) }),
            ("/v1/responses/", "", ["GET", "DELETE"], { .response($0) }),
            ("/v1/files/", "/content", ["GET"], { .fileContent($0) }),
            ("/v1/files/", "", ["GET", "DELETE"], { .file($0) }),
            ("/v1/batches/", "/cancel", ["POST"], { .cancelBatch($0) }),
            ("/v1/batches/", "", ["GET"], { .batch($0) }),
        ]

    /// The route of a path that names something stored; ids have nothing that would be escaped.
    static func stored(_ path: String) -> (route: Route, methods: [String])? {
        for entry in named where path.hasPrefix(entry.prefix) && path.hasSuffix(entry.suffix) {
            let id = path.dropFirst(entry.prefix.count).dropLast(entry.suffix.count)
            guard !id.isEmpty, !id.contains("/") else { continue }
            return (entry.route(String(id)), entry.methods)
        }
        return nil
    }

    /// The path as a metrics label, where it names something stored.
    var storedLabel: String? {
        switch self {
        case .response: "/v1/responses/{id}"
        case .responseItems: "/v1/responses/{id}/input_items"
        case .cancelResponse: "/v1/responses/{id}/cancel"
        case .file: "/v1/files/{id}"
        case .fileContent: "/v1/files/{id}/content"
        case .batch: "/v1/batches/{id}"
        case .cancelBatch: "/v1/batches/{id}/cancel"
        default: nil
        }
    }
}
