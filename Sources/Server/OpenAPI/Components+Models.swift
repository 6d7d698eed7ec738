import JSON

extension Components {
    /// `/v1/models`.
    static let models = [
        Component(
            "Model",
            .object([
                .required("id", .string("What requests may call it")),
                .required("object", .constant("model")),
                .required("created", .integer("When it was loaded, in seconds since 1970")),
                .required("owned_by", .string()),
                .optional("root", .string("The name under which the model is listed first")),
                .optional("parent", .string()),
                .optional(
                    "max_model_len", .integer("The most tokens of prompt and answer together", 1...(.max))),
            ])),
        Component(
            "ModelList",
            .object([
                .required("object", .constant("list")), .required("data", .array(.reference("Model"))),
            ])),
    ]
}

extension Operation {
    static let listModels = Operation(
        id: "listModels", topic: .models, summary: "Lists the models, each under all of its names",
        details: "With a key that opens some models only, those.", response: .json("ModelList"))

    static let retrieveModel = Operation(
        id: "retrieveModel", topic: .models, summary: "Describes a model", argument: "The model's name",
        response: .json("Model"), errors: [404])
}
