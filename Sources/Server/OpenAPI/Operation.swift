import JSON

/// What one method of one path does, for `/openapi.json`.
struct Operation: Sendable {
    /// Under which heading it is shown.
    enum Topic: String, CaseIterable {
        case generation = "Generation"
        case models = "Models"
        case tokens = "Tokens"
        case retrieval = "Embeddings and ranking"
        case storage = "Files and batches"
        case server = "Server"
    }

    /// A body.
    struct Content: Sendable {
        var type = "application/json"
        let schema: Schema
        var example: JSONValue?
    }

    /// The method's name for generated clients.
    let id: String
    let topic: Topic
    /// One line.
    let summary: String
    /// What there is to know besides.
    var details: String?
    /// What the part of the path in braces means.
    var argument: String?
    /// Parameters behind the question mark.
    var query: [Property] = []
    /// What is sent.
    var request: Content?
    /// The status of the answer where all went well.
    var status = 200
    /// What comes back; nil where there is no body.
    var response: Content?
    /// What comes back at `"stream": true`, an event at a time; the name of the events' schema.
    var events: String?
    /// Errors besides those that any such request can meet.
    var errors: [Int] = []
    /// Whether 503 has the answer's body and no error's.
    var tellsUnavailability = false
}

extension Operation.Content {
    /// A JSON body of that component.
    static func json(_ component: String, example: JSONValue? = nil) -> Operation.Content {
        Operation.Content(schema: .reference(component), example: example)
    }
}
