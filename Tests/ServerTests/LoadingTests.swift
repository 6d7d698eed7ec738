import JSON
import Server
import ServingFixtures
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LoadingTests {
    private static func ask(
        _ method: String, _ path: String, port: Int, headers: [String: String] = [:]
    ) async throws -> WireResponse {
        try await WireClient.with(port: port) { client in
            try await client.request(method, path, method == "POST" ? "{}" : nil, headers: headers)
        }
    }

    @Test func `until the models are there, only that the process lives is answered`() async throws {
        let origin = ["Origin": "https://chat.example.com"]
        let access = try AccessControl(
            apiKeys: ["one"], cors: CORSPolicy(origins: ["https://chat.example.com"]), logger: Fixtures.logger
        )
        try await RunningServer.with(
            access: access, configure: { $0.version = "9" },
            load: { port in
                #expect(try await Self.ask("GET", "/ping", port: port).status == 200)
                #expect(try await Self.ask("GET", "/version", port: port).json == ["version": "9"])
                for (method, path) in [
                    ("GET", "/health"), ("GET", "/ready"), ("GET", "/metrics"), ("GET", "/v1/models"),
                    ("POST", "/v1/chat/completions"), ("POST", "/v1/files"), ("HEAD", "/health"),
                ] {
                    let refused = try await Self.ask(method, path, port: port, headers: origin)
                    #expect(refused.status == 503, "\(path)")
                    #expect(refused.headers["retry-after"] == "1")
                    #expect(refused.headers["access-control-allow-origin"] == "https://chat.example.com")
                    guard method != "HEAD" else { continue }
                    #expect(refused.json?["error"]?["code"] == "model_loading")
                    #expect(refused.json?["error"]?["message"] == "alphabet is being loaded; try again soon")
                }
                #expect(try await Self.ask("GET", "/ready", port: port).json?["status"] == "loading")
                let message = try await Self.ask("POST", "/v1/messages", port: port)
                #expect(message.status == 503 && message.json?["type"] == "error")
                #expect(try await Self.ask("GET", "/nothing", port: port).status == 404)
                #expect(try await Self.ask("PUT", "/health", port: port).status == 405)
            }
        ) { server in
            #expect(try await server.request("GET", "/health").status == 200)
            #expect(try await server.request("GET", "/ready").json?["status"] == "ready")
            let models = try await server.request(
                "GET", "/v1/models", headers: ["Authorization": "Bearer one"])
            #expect(models.status == 200)
        }
    }

    @Test func `a connection that was made while the models loaded goes on afterwards`() async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let (goes, go) = AsyncStream<Void>.makeStream()
        let asking = Task {
            guard let port = await ports.first(where: { _ in true }) else { return [Int]() }
            return try await WireClient.with(port: port) { client in
                var statuses = [try await client.request("GET", "/health").status]
                go.finish()
                while statuses.last != 200 {
                    try await Task.sleep(for: .milliseconds(2))
                    statuses.append(try await client.request("GET", "/health").status)
                }
                return statuses
            }
        }
        try await RunningServer.with(load: {
            port.yield($0)
            for await _ in goes {}
        }) { _ in
            let statuses = try await asking.value
            #expect(statuses.first == 503)
            #expect(statuses.last == 200)
        }
    }

    @Test func `what loading throws ends the server`() async throws {
        struct Broken: Error {}
        await #expect(throws: Broken.self) {
            try await RunningServer.with(load: { _ in throw Broken() }) { _ in }
        }
    }

    @Test func `an address that is taken is told before anything is loaded`() async throws {
        try await RunningServer.with { server in
            let hasLoaded = Mutex(false)
            await #expect(throws: ListenError.self) {
                try await RunningServer.with(
                    configure: { $0.port = server.port }, load: { _ in hasLoaded.withLock { $0 = true } }
                ) { _ in }
            }
            #expect(hasLoaded.withLock { $0 } == false)
        }
    }
}
