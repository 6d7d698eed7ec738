import JSON

extension Components {
    /// What the server says of itself.
    static let server = [
        Component("Version", .object([.required("version", .string())])),
        Component("Load", .object([.required("server_load", .integer("Requests at work", 0...(.max)))])),
        Component(
            "Readiness",
            .object([
                .required("status", .string(values: ["ready", "draining", "failed"])),
                .required("message", .string("Why it is not ready").orNull),
            ])),
        Component(
            "ServerInfo",
            .object([
                .required("version", .string()),
                .required(
                    "models",
                    .array(
                        .object([
                            .required("id", .string()), .required("names", .array(.string())),
                            .required("max_model_len", .integer()), .required("created", .integer()),
                            .required("kv_blocks", .integer()), .required("kv_blocks_free", .integer()),
                        ]))),
                .required("limits", .map(.integer())),
                .required(
                    "configuration",
                    .map(.anything(), "Settings with their sources, secrets masked; the plan")),
            ])),
    ]
}

extension Operation {
    static let health = Operation(
        id: "health", topic: .server, summary: "Whether the server works: 200, or 503",
        tellsUnavailability: true)

    static let ready = Operation(
        id: "ready", topic: .server,
        summary: "Whether to send requests here: 503 while the server shuts down",
        response: .json("Readiness"), tellsUnavailability: true)

    static let ping = Operation(
        id: "ping", topic: .server, summary: "The same as /health", tellsUnavailability: true)

    static let postPing = Operation(
        id: "postPing", topic: .server, summary: "The same as /health", tellsUnavailability: true)

    static let load = Operation(
        id: "load", topic: .server, summary: "How many requests are at work", response: .json("Load"))

    static let metrics = Operation(
        id: "metrics", topic: .server, summary: "Figures for Prometheus, under vLLM's names",
        response: Content(type: "text/plain", schema: .string()))

    static let version = Operation(
        id: "version", topic: .server, summary: "The server's version", response: .json("Version"))

    static let serverInfo = Operation(
        id: "serverInfo", topic: .server, summary: "How the server is set up",
        details: "Takes a key of --api-key, or one with \"admin\": true.", response: .json("ServerInfo"))

    static let openAPI = Operation(
        id: "openAPI", topic: .server, summary: "This document",
        response: Content(schema: .map(.anything())))

    static let docs = Operation(
        id: "docs", topic: .server, summary: "This document as a page",
        response: Content(type: "text/html", schema: .string()))

    static let home = Operation(
        id: "home", topic: .server, summary: "The same, for whoever looks what is here",
        response: Content(type: "text/html", schema: .string()))
}
