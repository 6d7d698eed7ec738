import JSON
import OrderedCollections
import Server
import ServingFixtures
import Testing

/// That `/openapi.json` says what the server does, and `/docs` shows it.
@Suite(.timeLimit(.minutes(1)))
struct OpenAPITests {
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    private static func document(_ server: RunningServer) async throws -> JSONValue {
        try #require(try await server.request("GET", "/openapi.json").json)
    }

    /// A server with everything: models of each kind, and a store.
    private static func withAll(_ body: @concurrent (RunningServer) async throws -> Void) async throws {
        let embedders = [try Fixtures.embedder(), try Fixtures.embedder(scoresPairs: true)]
        try await StoreFixture.with { store in
            try await RunningServer.with(embedders: embedders, store: store, body)
        }
    }

    private static func references(_ value: JSONValue) -> [String] {
        switch value {
        case .array(let elements): elements.flatMap(references)
        case .object(let members):
            members.flatMap { $0 == "$ref" ? [$1.stringValue ?? ""] : references($1) }
        default: []
        }
    }

    @Test func `every path that answers is in the document, and every other method is refused`() async throws
    {
        try await Self.withAll { server in
            let document = try await Self.document(server)
            #expect(document["openapi"] == "3.1.0")
            let paths = try #require(document["paths"]?.objectValue)
            #expect(
                Set(paths.keys).isSuperset(of: [
                    "/v1/chat/completions", "/v1/completions", "/v1/models", "/v1/models/{model}",
                    "/tokenize",
                    "/detokenize", "/health", "/ready", "/ping", "/load", "/metrics", "/version",
                    "/server_info",
                    "/openapi.json", "/docs", "/",
                ]))
            for (path, item) in paths {
                let concrete = path.replacing(/\{.*\}/, with: "alphabet")
                for method in Self.methods {
                    let response = try await server.request(method, concrete, method == "GET" ? nil : "{}")
                    guard let operation = item[method.lowercased()] else {
                        #expect(response.status == 405, "\(method) \(path)")
                        continue
                    }
                    let described = operation["responses"]?["\(response.status)"]
                    #expect(described != nil, "\(method) \(path) answers \(response.status)")
                    let type = response.headers["content-type"]?.prefix { $0 != ";" }.description
                    let types = described?["content"]?.objectValue.map { Array($0.keys) } ?? []
                    #expect(
                        type == nil && types.isEmpty || types.contains(type ?? ""),
                        "\(method) \(path) \(types)")
                }
            }
            // What is near a path is none.
            for path in paths.keys where !path.contains("{") {
                #expect(try await server.request("GET", path + "/x").status == 404)
            }
        }
    }

    @Test func `every reference leads to a schema, every schema is needed, and names are there once`()
        async throws
    {
        try await RunningServer.with { server in
            let document = try await Self.document(server)
            let references = Set(Self.references(document))
            let schemas = try #require(document["components"]?["schemas"]?.objectValue)
            #expect(references == Set(schemas.keys.map { "#/components/schemas/\($0)" }))
            let operations = (document["paths"]?.members ?? []).flatMap { $0.value.members.map(\.value) }
            let names = operations.compactMap { $0["operationId"]?.stringValue }
            #expect(names.count == operations.count && Set(names).count == names.count)
            let tags = Set(document["tags"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
            #expect(tags == Set(operations.compactMap { $0["tags"]?[0]?.stringValue }))
        }
    }

    @Test func `keys are in the document where they are asked for`() async throws {
        try await RunningServer.with(configure: { $0.apiKeys = ["key"] }) { server in
            let document = try await Self.document(server)
            #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"] == "bearer")
            for (path, item) in document["paths"]?.members ?? [] {
                for (method, operation) in item.members {
                    let isGuarded = operation["security"] != nil
                    #expect((operation["responses"]?["401"] != nil) == isGuarded)
                    let concrete = path.replacing(/\{.*\}/, with: "alphabet")
                    let response = try await server.request(
                        method.uppercased(), concrete, method == "get" ? nil : "{}")
                    #expect((response.status == 401) == isGuarded, "\(method) \(path)")
                }
            }
        }
        try await RunningServer.with { server in
            let document = try await Self.document(server)
            #expect(document["components"]?["securitySchemes"] == nil)
            #expect(!document.serialized().contains("\"security\""))
        }
    }

    @Test func `the examples of the document are answered`() async throws {
        try await Self.withAll { server in
            for (path, item) in try await Self.document(server)["paths"]?.members ?? [] {
                guard let content = item["post"]?["requestBody"]?["content"]?["application/json"] else {
                    continue
                }
                let example = try #require(content["example"], "\(path) has no example")
                // The tiny model has no token of that id, and there is no such file.
                guard !["/detokenize", "/v1/batches", "/v1/files/split"].contains(path) else { continue }
                let concrete = path.replacing(/\{.*\}/, with: "letters")
                let response = try await server.request("POST", concrete, example.serialized())
                #expect(response.status == 200, "\(path): \(response.body)")
            }
        }
    }

    @Test func `the page is one file that asks nothing of other machines`() async throws {
        try await RunningServer.with { server in
            let page = try await server.request("GET", "/docs")
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(page.headers["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(page.body.contains("</html>"))
            for text in ["http://", "https://", "src=", "@import", " url("] {
                #expect(!page.body.contains(text))
            }
        }
    }

    @Test func `what may be got may be asked about`() async throws {
        try await Self.withAll { server in
            for (path, item) in try await Self.document(server)["paths"]?.members ?? []
            where item["get"] != nil {
                let concrete = path.replacing(/\{.*\}/, with: "alphabet")
                let got = try await server.request("GET", concrete)
                let asked = try await server.request("HEAD", concrete)
                #expect(asked.status == got.status, "\(path)")
                #expect(asked.headers["content-type"] == got.headers["content-type"], "\(path)")
                #expect(asked.body.isEmpty)
            }
        }
    }
}
