import JSON
import OpenAIAPI

extension Components {
    /// `/v1/embeddings`, `/v1/rerank` and `/v1/score`.
    static func retrieval(_ limits: APILimits) -> [Component] {
        let token = Schema.integer(nil, 0...(.max))
        let texts = Schema.any(of: [.string(), .array(.string(), count: 1...(.max))])
        return [
            Component(
                "EmbeddingRequest",
                .object([
                    modelName,
                    .required(
                        "input",
                        .any(
                            "Texts or token ids",
                            of: [
                                .string(), .array(.string(), count: 1...(.max)),
                                .array(token, count: 1...(.max)),
                                .array(.array(token, count: 1...(.max)), count: 1...(.max)),
                            ])),
                    .optional("dimensions", .integer("Numbers to keep of each vector", 1...(.max))),
                    .optional("encoding_format", .string(values: ["float", "base64"]).byDefault("float")),
                    .optional("user", .string("Has no effect")),
                ])),
            Component(
                "EmbeddingList",
                .object([
                    .required("object", .constant("list")), .required("model", .string()),
                    .required(
                        "data",
                        .array(
                            .object([
                                .required("object", .constant("embedding")),
                                .required("index", .integer(nil, 0...(.max))),
                                .required(
                                    "embedding",
                                    .any(of: [
                                        .array(.number()), .string("Little-endian 32-bit floats in base64"),
                                    ])),
                            ]))),
                    .required("usage", .reference("Usage")),
                ])),
            Component(
                "RerankRequest",
                .object([
                    modelName, .required("query", .string()),
                    .required(
                        "documents",
                        .array(
                            .any(of: [.string(), .object([.required("text", .string())])]), count: 1...(.max))
                    ),
                    .optional("top_n", .integer("Results to show, the best first", 1...(.max))),
                    .optional("return_documents", .boolean("Shows the texts, too")),
                ])),
            Component(
                "Ranking",
                .object([
                    .optional("id", .string()), .optional("model", .string()),
                    .required(
                        "results",
                        .array(
                            .object([
                                .required("index", .integer("Which document", 0...(.max))),
                                .required("relevance_score", .number()),
                                .optional("document", .object([.optional("text", .string())])),
                            ]))),
                    .optional("usage", .map(.anything())),
                ])),
            Component(
                "ScoreRequest", .object([modelName, .required("text_1", texts), .required("text_2", texts)])),
            Component(
                "ScoreList",
                .object([
                    .required("object", .constant("list")), .optional("id", .string()),
                    .optional("model", .string()),
                    .required(
                        "data",
                        .array(
                            .object([
                                .required("index", .integer(nil, 0...(.max))),
                                .required("object", .constant("score")), .required("score", .number()),
                            ]))),
                    .optional("usage", .map(.anything())),
                ])),
        ]
    }
}

extension Operation {
    static let embeddings = Operation(
        id: "createEmbedding", topic: .retrieval, summary: "Turns texts into vectors",
        request: .json("EmbeddingRequest", example: ["input": ["a bird", "a plane"]]),
        response: .json("EmbeddingList"), errors: [404])

    static let engineEmbeddings = Operation(
        id: "createEngineEmbedding", topic: .retrieval, summary: "The same, with the model in the path",
        argument: "The model's name", request: .json("EmbeddingRequest", example: ["input": "a bird"]),
        response: .json("EmbeddingList"), errors: [404])

    /// - Parameter id: the method's name, for there are several paths.
    static func rerank(id: String) -> Operation {
        Operation(
            id: id, topic: .retrieval, summary: "Orders documents by how well they answer a query",
            request: .json(
                "RerankRequest",
                example: ["query": "birds", "documents": ["The swift flies fast.", "Bread."]]),
            response: .json("Ranking"), errors: [404])
    }

    /// - Parameter id: the method's name, for there are several paths.
    static func score(id: String) -> Operation {
        Operation(
            id: id, topic: .retrieval, summary: "Tells how close texts are to each other",
            request: .json("ScoreRequest", example: ["text_1": "a bird", "text_2": ["a swift", "bread"]]),
            response: .json("ScoreList"), errors: [404])
    }
}
