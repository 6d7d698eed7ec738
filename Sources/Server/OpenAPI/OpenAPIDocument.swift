import JSON
import OpenAIAPI
import OrderedCollections

/// The description of the API in OpenAPI 3.1, made from the table that the server goes by.
struct OpenAPIDocument: Sendable {
    /// The document.
    let json: JSONValue

    /// - Parameter asksForKeys: whether requests need a key.
    init(_ configuration: ServerConfiguration, asksForKeys: Bool, entries: [RouteEntry] = RouteTable.entries)
    {
        let paths = Self.paths(entries, asksForKeys: asksForKeys)
        var components: OrderedDictionary<String, JSONValue> = [
            "schemas": .object(Self.schemas(reachableFrom: paths, configuration.limits.api))
        ]
        if asksForKeys {
            components["securitySchemes"] = [
                "bearer": [
                    "type": "http", "scheme": "bearer", "description": "As OpenAI's clients send a key.",
                ],
                "apiKey": [
                    "type": "apiKey", "in": "header", "name": "x-api-key",
                    "description": "As Anthropic's clients send a key.",
                ],
            ]
        }
        let topics = Operation.Topic.allCases.filter { topic in
            entries.contains { $0.operations.contains { $0.operation.topic == topic } }
        }
        json = [
            "openapi": "3.1.0",
            "info": [
                "title": "Needletail", "version": .string(configuration.version),
                "description": .string(Self.introduction),
            ],
            "servers": [["url": "/"]],
            "tags": .array(topics.map { ["name": .string($0.rawValue)] }),
            "paths": paths,
            "components": .object(components),
        ]
    }

    private static let introduction = """
        Open language models over the OpenAI API. Unknown parameters are taken, have no effect, and are told in the \
        server's log; known ones that the model or the server cannot follow are errors. Every error is OpenAI's object.
        """

    // MARK: Paths

    private static func paths(_ entries: [RouteEntry], asksForKeys: Bool) -> JSONValue {
        var paths: OrderedDictionary<String, JSONValue> = [:]
        for entry in entries {
            var item = paths[entry.path]?.objectValue ?? [:]
            for (method, operation) in entry.operations {
                item[method.lowercased()] = describe(operation, of: entry, asksForKeys: asksForKeys)
            }
            paths[entry.path] = .object(item)
        }
        return .object(paths)
    }

    private static func describe(_ operation: Operation, of entry: RouteEntry, asksForKeys: Bool) -> JSONValue
    {
        var members: OrderedDictionary<String, JSONValue> = [
            "operationId": .string(operation.id), "tags": [.string(operation.topic.rawValue)],
            "summary": .string(operation.summary),
        ]
        members["description"] = operation.details.map(JSONValue.string)
        let parameters = parameters(of: operation, path: entry.path)
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if let request = operation.request {
            members["requestBody"] = [
                "required": true, "content": .object([request.type: describe(request)]),
            ]
        }
        members["responses"] = .object(responses(of: operation, entry, asksForKeys: asksForKeys))
        if asksForKeys, entry.access != .open { members["security"] = [["bearer": []], ["apiKey": []]] }
        return .object(members)
    }

    private static func parameters(of operation: Operation, path: String) -> [JSONValue] {
        var parameters: [JSONValue] = []
        if let start = path.firstIndex(of: "{"), let end = path.firstIndex(of: "}") {
            parameters.append([
                "name": .string(String(path[path.index(after: start)..<end])), "in": "path", "required": true,
                "description": .string(operation.argument ?? ""),
                "schema": ["type": "string", "minLength": 1],
            ])
        }
        return parameters
            + operation.query.map { property in
                [
                    "name": .string(property.name), "in": "query", "required": .bool(property.isRequired),
                    "schema": property.schema.json,
                ]
            }
    }

    private static func describe(_ content: Operation.Content) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = ["schema": content.schema.json]
        members["example"] = content.example
        return .object(members)
    }

    // MARK: Responses

    private static func responses(
        of operation: Operation, _ entry: RouteEntry, asksForKeys: Bool
    ) -> OrderedDictionary<String, JSONValue> {
        var success: OrderedDictionary<String, JSONValue> = ["description": "Success"]
        if entry.isMetered { success["headers"] = rateHeaders }
        if let response = operation.response {
            var content: OrderedDictionary<String, JSONValue> = [response.type: describe(response)]
            if let events = operation.events {
                content["text/event-stream"] = [
                    "schema": event.json, "x-event-schema": Schema.reference(events).json,
                ]
            }
            success["content"] = .object(content)
        }
        var responses: OrderedDictionary<String, JSONValue> = ["\(operation.status)": .object(success)]
        for status in errors(of: operation, entry, asksForKeys: asksForKeys) {
            let isAnthropic = entry.path.hasPrefix("/v1/messages")
            responses["\(status)"] = error(status, schema: isAnthropic ? "MessagesError" : "Error")
        }
        if operation.tellsUnavailability {
            var unavailable: OrderedDictionary<String, JSONValue> = [
                "description": "Not able to answer requests"
            ]
            unavailable["content"] = success["content"]
            responses["503"] = .object(unavailable)
        }
        return responses
    }

    /// One server-sent event; what its data holds once it is parsed is told beside it.
    private static let event = Schema.object(
        "An event of the stream",
        [
            .required("data", .string("JSON as text, or [DONE]")),
            .optional("event", .string("The event's kind")),
        ])

    /// The errors that such a request can meet.
    private static func errors(of operation: Operation, _ entry: RouteEntry, asksForKeys: Bool) -> [Int] {
        var statuses = Set(operation.errors)
        if asksForKeys, entry.access != .open { statuses.insert(401) }
        if entry.access == .admin { statuses.insert(403) }
        if operation.request != nil { statuses.formUnion([400, 413, 415]) }
        // Without a data folder nothing is stored.
        if operation.topic == .storage || entry.path.hasPrefix("/v1/responses") { statuses.insert(503) }
        if entry.isMetered { statuses.formUnion([429, 503]) }
        if entry.access != .open { statuses.insert(500) }
        return statuses.sorted()
    }

    private static func error(_ status: Int, schema: String) -> JSONValue {
        let descriptions = [
            400:
                "The request is wrong, or asks for what is not done; the message says what, the limit and the value",
            401: "No key, or one that the server does not know", 403: "The key does not open this",
            404: "No such thing, or the key does not open it", 405: "The path is known, the method is not",
            409: "What is there stands against it", 413: "The body is too large",
            415: "The body is compressed, or is no form where one is needed",
            429: "Too many requests or tokens, of this key or of all; see Retry-After",
            500: "A fault of the server's",
            503: "The server is shutting down, or its engine failed; see Retry-After",
        ]
        var members: OrderedDictionary<String, JSONValue> = [
            "description": .string(descriptions[status] ?? "Error"),
            "content": ["application/json": ["schema": Schema.reference(schema).json]],
        ]
        if status == 429 || status == 503 {
            members["headers"] = [
                "Retry-After": [
                    "description": "Seconds after which to try again",
                    "schema": ["type": "integer", "minimum": 0],
                ]
            ]
        }
        return .object(members)
    }

    private static let rateHeaders: JSONValue = {
        var headers: OrderedDictionary<String, JSONValue> = [:]
        for unit in ["requests", "tokens"] {
            for (kind, meaning) in [
                ("limit", "\(unit) that a minute allows the caller"), ("remaining", "\(unit) that are left"),
                ("reset", "time until all of them are there again, such as 1.5s"),
            ] {
                headers["x-ratelimit-\(kind)-\(unit)"] = [
                    "description": .string(meaning), "schema": ["type": "string"],
                ]
            }
        }
        return .object(headers)
    }()

    // MARK: Schemas

    /// The components that the paths need, and those that these need.
    private static func schemas(
        reachableFrom paths: JSONValue, _ limits: APILimits
    ) -> OrderedDictionary<String, JSONValue> {
        let all = Dictionary(
            Components.all(limits).map { ($0.name, $0.schema.json) }, uniquingKeysWith: { $1 })
        var found: OrderedDictionary<String, JSONValue> = [:]
        var waiting = references(in: paths)
        while let name = waiting.popLast() {
            guard found[name] == nil, let schema = all[name] else { continue }
            found[name] = schema
            waiting += references(in: schema)
        }
        found.sort { $0.key < $1.key }
        return found
    }

    /// The names of the components that a part of the document refers to.
    static func references(in value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { name, value in
                name == "$ref"
                    ? value.stringValue.map { [String($0.split(separator: "/").last ?? "")] } ?? []
                    : references(in: value)
            }
        default: []
        }
    }
}
