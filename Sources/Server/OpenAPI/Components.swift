import JSON
import OpenAIAPI

/// A schema with a name.
struct Component: Sendable {
    let name: String
    let schema: Schema

    init(_ name: String, _ schema: Schema) {
        self.name = name
        self.schema = schema
    }
}

/// The named schemas of all topics; the document holds those that its paths need.
enum Components {
    /// All of them.
    static func all(_ limits: APILimits) -> [Component] {
        errors + models + tokens(limits) + server + generation(limits) + chat(limits) + completions(limits)
            + retrieval(limits) + responses + messages + storage
    }

    /// OpenAI's error object.
    private static let errors = [
        Component(
            "Error",
            .object([
                .required(
                    "error",
                    .object([
                        .required("message", .string("What is wrong, for people")),
                        .required("type", .string("The class of failure")),
                        .required("param", .string("The parameter at fault").orNull),
                        .required("code", .string("What programs go by").orNull),
                    ]))
            ]))
    ]

    /// What a request cost.
    static let usage = Component(
        "Usage",
        .object([
            .required("prompt_tokens", .integer(nil, 0...(.max))),
            .optional("completion_tokens", .integer(nil, 0...(.max))),
            .required("total_tokens", .integer(nil, 0...(.max))),
        ]))

    /// The name of a model in a request.
    static let modelName = Property.optional(
        "model", .string("The model's name, of those at /v1/models; left out, the first one answers"))
}

extension Schema {
    /// An object without a description.
    static func object(_ properties: [Property]) -> Schema { .object(nil, properties) }
}
