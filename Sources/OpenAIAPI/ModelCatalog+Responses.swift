package import JSON

extension ModelCatalog {
    /// `GET /v1/models`: every name of every model.
    package func list() -> JSONValue {
        let cards = models.flatMap { model in model.names.map(model.card) }
        return ["object": "list", "data": .array(cards + embedders.flatMap { $0.names.map($0.card) })]
    }

    /// `GET /v1/models/{id}`.
    ///
    /// - Throws: ``APIError`` 404 `model_not_found`.
    package func card(named name: String) throws(APIError) -> JSONValue {
        if let embedder = embedders.first(where: { $0.names.contains(name) }) {
            return embedder.card(named: name)
        }
        return try model(named: name).card(named: name)
    }
}

extension ServedEmbedder {
    /// The same for a model that makes vectors or scores.
    fileprivate func card(named name: String) -> JSONValue {
        [
            "id": .string(name), "object": "model", "created": .int(created), "owned_by": "needletail",
            "root": .string(id), "parent": nil, "max_model_len": .int(contextLength),
        ]
    }
}

extension ServedModel {
    /// A model object as OpenAI has it, with vLLM's `root`, `parent` and `max_model_len`.
    fileprivate func card(named name: String) -> JSONValue {
        [
            "id": .string(name), "object": "model", "created": .int(created), "owned_by": "needletail",
            "root": .string(id), "parent": nil, "max_model_len": .int(contextLength),
        ]
    }
}
