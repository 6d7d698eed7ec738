package import JSON

/// `POST /v1/rerank`, as Cohere, Jina and vLLM have it, checked.
package struct RerankRequest: Sendable {
    /// The query with each document.
    package let scoring: PairScoring
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]
    private let documents: [String]
    private let countMax: Int
    private let returnsDocuments: Bool

    /// Parses a request's body.
    ///
    /// - Throws: ``APIError`` 400 for what cannot be or is not done, 404 for a model that is not there.
    package init(parsing body: JSONValue, catalog: ModelCatalog, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        let model = try catalog.embedder(named: fields.string("model"), for: .scores)
        guard let query = try fields.string("query") else { throw .invalid("query", "query is required") }
        guard let entries = try fields.array("documents", maxCount: limits.embeddingInputsMax),
            !entries.isEmpty
        else {
            throw .invalid("documents", "documents is required: a text at least")
        }
        documents = try Self.documents(entries)
        let count = try fields.int("top_n", 0...Int.max) ?? 0
        // Zero asks for all, as in vLLM.
        countMax = count == 0 ? documents.count : count
        returnsDocuments = try fields.bool("return_documents") ?? true
        for name in ["user", "priority", "request_id"] { _ = fields.take(name) }
        let truncation = try Truncation(reading: &fields, model)
        scoring = try PairScoring(
            first: [query], second: documents, names: ("query", "documents"), model: model,
            truncation: truncation)
        unknownParameters = fields.unread
    }

    /// Texts, or objects that hold one as `text`.
    private static func documents(_ entries: [JSONValue]) throws(APIError) -> [String] {
        var documents: [String] = []
        for (index, entry) in entries.enumerated() {
            guard let text = entry.stringValue ?? entry["text"]?.stringValue else {
                throw .invalid(
                    "documents",
                    "documents[\(index)] must be a string, or an object with a text, not of type "
                        + entry.kind)
            }
            documents.append(text)
        }
        return documents
    }

    /// The documents by relevance, the most relevant first; equal ones in the request's order.
    ///
    /// - Parameter rows: What the model made of ``PairScoring/sequences``.
    package func response(_ rows: [ArraySlice<Float>], id: String) -> JSONValue {
        let scores = scoring.scores(of: rows)
        let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
        let results = order.prefix(countMax).map { index -> JSONValue in
            returnsDocuments
                ? [
                    "index": .int(index), "document": ["text": .string(documents[index])],
                    "relevance_score": .double(scores[index]),
                ] : ["index": .int(index), "relevance_score": .double(scores[index])]
        }
        let tokens = JSONValue.int(scoring.tokenCount)
        return [
            "id": .string(id), "object": "list", "model": .string(scoring.model.id),
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens], "results": .array(results),
        ]
    }
}
