import Server
import ServingFixtures
import Testing

/// Which web pages may use the server from a browser.
@Suite(.timeLimit(.minutes(1)))
struct CORSTests {
    private static let page = "https://chat.example.com"

    private static func with(
        _ policy: CORSPolicy?, _ body: @escaping @concurrent @Sendable (RunningServer) async throws -> Void
    ) async throws {
        let access = try AccessControl(apiKeys: ["key"], cors: policy, logger: Fixtures.logger)
        try await RunningServer.with(access: access) { try await body($0) }
    }

    private static func preflight(
        _ server: RunningServer, origin: String = page, method: String = "POST"
    ) async throws -> WireResponse {
        try await server.request(
            "OPTIONS", "/v1/chat/completions",
            headers: [
                "Origin": origin, "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type",
            ])
    }

    @Test func `without a policy no page may, and OPTIONS is no method`() async throws {
        try await Self.with(nil) { server in
            let refused = try await Self.preflight(server)
            #expect(refused.status == 405)
            #expect(refused.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
            let plain = try await server.request("GET", "/health", headers: ["Origin": Self.page])
            #expect(plain.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func `a named page may, errors included, and no other`() async throws {
        let policy = try CORSPolicy(origins: [Self.page, "http://localhost:3000"])
        try await Self.with(policy) { server in
            let asked = try await Self.preflight(server)
            #expect(asked.status == 204)
            #expect(asked.headers["access-control-allow-origin"] == Self.page)
            #expect(asked.headers["access-control-allow-methods"] == "GET, HEAD, POST, DELETE")
            #expect(asked.headers["access-control-allow-headers"] == "authorization,content-type")
            #expect(asked.headers["access-control-max-age"] == "600")
            #expect(asked.headers["access-control-allow-credentials"] == nil)
            #expect(asked.headers["vary"] == "Origin")
            let refused = try await server.request("GET", "/v1/models", headers: ["Origin": Self.page])
            #expect(refused.status == 401)
            #expect(refused.headers["access-control-allow-origin"] == Self.page)
            #expect(refused.headers["access-control-expose-headers"]?.contains("Retry-After") == true)
            for origin in [
                "https://chat.example.com.evil.org", "https://evil.org", "http://chat.example.com", "null",
            ] {
                let other = try await Self.preflight(server, origin: origin)
                #expect(other.headers["access-control-allow-origin"] == nil)
                #expect(other.headers["vary"] == "Origin")
                let read = try await server.request("GET", "/health", headers: ["Origin": origin])
                #expect(read.headers["access-control-allow-origin"] == nil)
            }
            let method = try await Self.preflight(server, method: "PATCH")
            #expect(method.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func `a star lets every page in, and what is set is what is told`() async throws {
        let policy = try CORSPolicy(origins: ["*"], methods: ["POST"], headers: ["Authorization"])
        try await Self.with(policy) { server in
            let asked = try await Self.preflight(server, origin: "https://anywhere.example")
            #expect(asked.headers["access-control-allow-origin"] == "*")
            #expect(asked.headers["access-control-allow-methods"] == "POST")
            #expect(asked.headers["access-control-allow-headers"] == "Authorization")
            let stream = try await server.request(
                "POST", "/v1/completions", #"{"prompt": "v", "stream": true}"#,
                headers: ["Origin": "https://anywhere.example", "Authorization": "Bearer key"])
            #expect(stream.headers["access-control-allow-origin"] == "*")
        }
    }

    @Test func `credentials go with named pages only`() async throws {
        let policy = try CORSPolicy(origins: [Self.page], allowsCredentials: true)
        try await Self.with(policy) { server in
            let asked = try await Self.preflight(server)
            #expect(asked.headers["access-control-allow-credentials"] == "true")
        }
        let error = #expect(throws: AccessError.self) {
            try CORSPolicy(origins: ["*"], allowsCredentials: true)
        }
        #expect(error?.description.contains("--allow-credentials does not go with") == true)
    }

    @Test(arguments: ["chat.example.com", "https://chat.example.com/", "https://a/b", "", "https:/a"])
    func `what is no origin is refused`(origin: String) {
        #expect(throws: AccessError.self) { try CORSPolicy(origins: [origin]) }
    }
}
