package import JSON

extension ModelCatalog {
    /// `GET /v1/models`: every name of every model.
    package func list() -> JSONValue {
        ["object": "list", "data": .array(models.flatMap { model in model.names.map(model.card) })]
    }

    /// `GET /v1/models/{id}`.
    ///
    /// - Throws: ``APIError`` 404 `model_not_found`.
    package func card(named name: String) throws(APIError) -> JSONValue {
        try model(named: name).card(named: name)
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
