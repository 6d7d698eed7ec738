package import JSON

/// `POST /score`, as vLLM has it: how alike two texts are, of one with many, or of pairs.
package struct ScoreRequest: Sendable {
    /// The pairs.
    package let scoring: PairScoring
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]

    /// What vLLM calls the two over its versions.
    private static let names = [
        ("text_1", "text_2"), ("queries", "documents"), ("queries", "items"), ("data_1", "data_2"),
    ]

    /// Parses a request's body.
    ///
    /// - Throws: ``APIError`` 400 for what cannot be or is not done, 404 for a model that is not there.
    package init(parsing body: JSONValue, catalog: ModelCatalog, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        let model = try catalog.embedder(named: fields.string("model"), for: .scores)
        let names = Self.names.first { fields.has($0.0) && fields.has($0.1) } ?? Self.names[0]
        let first = try Self.texts(&fields, names.0, limits)
        let second = try Self.texts(&fields, names.1, limits)
        guard first.count == 1 || first.count == second.count else {
            throw .invalid(
                names.0,
                "\(names.0) must have one entry, or as many as \(names.1): \(second.count), not \(first.count)"
            )
        }
        for name in ["user", "priority", "request_id"] { _ = fields.take(name) }
        let truncation = try Truncation(reading: &fields, model)
        scoring = try PairScoring(
            first: first, second: second, names: names, model: model, truncation: truncation)
        unknownParameters = fields.unread
    }

    private static func texts(
        _ fields: inout RequestFields, _ name: String, _ limits: APILimits
    ) throws(APIError) -> [String] {
        guard let value = fields.take(name) else { throw .invalid(name, "\(name) is required") }
        if let text = value.stringValue { return [text] }
        let texts = value.arrayValue?.compactMap(\.stringValue) ?? []
        guard !texts.isEmpty, texts.count == value.arrayValue?.count else {
            throw .invalid(name, "\(name) must be a string or an array of strings, and not empty")
        }
        try RequestFields.check(count: texts.count, of: name, maxCount: limits.embeddingInputsMax)
        return texts
    }

    /// A list of scores in the order of the pairs.
    package func response(_ rows: [ArraySlice<Float>], id: String, created: Int) -> JSONValue {
        let data = scoring.scores(of: rows).enumerated().map { index, score -> JSONValue in
            ["index": .int(index), "object": "score", "score": .double(score)]
        }
        let tokens = JSONValue.int(scoring.tokenCount)
        return [
            "id": .string(id), "object": "list", "created": .int(created),
            "model": .string(scoring.model.id), "data": .array(data),
            "usage": ["prompt_tokens": tokens, "total_tokens": tokens, "completion_tokens": 0],
        ]
    }
}
