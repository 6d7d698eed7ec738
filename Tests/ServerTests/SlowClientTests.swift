import JSON
import Server
import Testing

/// Clients that send half a request, or wait to be asked for the rest.
@Suite(.timeLimit(.minutes(1)))
struct SlowClientTests {
    /// Sends a beginning, then more now and then, and waits for the server to close the connection.
    private static func timeUntilClosed(
        _ beginning: String, then more: String? = nil, configure: (inout ServerConfiguration) -> Void
    ) async throws -> Duration {
        try await RunningServer.with(configure: configure) { server in
            let start = ContinuousClock.now
            try await WireClient.with(port: server.port) { client in
                try await client.send(raw: beginning)
                if let more {
                    // The last ones fail where the server has closed.
                    for _ in 0..<60 where (try? await client.send(raw: more)) != nil {
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                _ = try? await client.read(upTo: "never")
            }
            return start.duration(to: .now)
        }
    }

    @Test(arguments: [
        "", "GET /hea", "GET /health HTTP/1.1\r\nHost: t\r\nX-Long: ",
        "POST /v1/completions HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{\"prompt\"",
    ])
    func `half a header or half a body is dropped when the idle time is over`(beginning: String) async throws
    {
        let time = try await Self.timeUntilClosed(beginning) { $0.limits.idleSecondsMax = 1 }
        #expect(time >= .milliseconds(900) && time < .seconds(20), "\(time)")
    }

    @Test func `a body that trickles is dropped when its time is over`() async throws {
        let head = "POST /tokenize HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n{\"prompt\": \""
        let time = try await Self.timeUntilClosed(head, then: "a") {
            $0.limits.bodySecondsMax = 1
            $0.limits.idleSecondsMax = 60
        }
        #expect(time >= .milliseconds(900) && time < .seconds(20), "\(time)")
    }

    @Test func `a body that nobody waits for is dropped too`() async throws {
        let head = "POST /nowhere HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        let time = try await Self.timeUntilClosed(head, then: "1\r\na\r\n") {
            $0.limits.bodySecondsMax = 1
            $0.limits.idleSecondsMax = 60
        }
        #expect(time >= .milliseconds(900) && time < .seconds(20), "\(time)")
    }

    @Test func `a header that trickles is dropped when the idle time is over`() async throws {
        let time = try await Self.timeUntilClosed("GET /health HTTP/1.1\r\nX-Long: ", then: "a") {
            $0.limits.idleSecondsMax = 1
        }
        #expect(time >= .milliseconds(900) && time < .seconds(20), "\(time)")
    }

    @Test func `headers over the limit are refused`() async throws {
        try await RunningServer.with(configure: { $0.limits.headerBytesMax = 1000 }) { server in
            let long = String(repeating: "x", count: 2000)
            let response = try await server.request("GET", "/health", headers: ["X-Long": long])
            #expect(response.status == 400)
            #expect(try await server.request("GET", "/health", headers: ["X": "y"]).status == 200)
        }
        try await RunningServer.with(configure: { $0.limits.headerFieldsMax = 10 }) { server in
            let many = Dictionary(uniqueKeysWithValues: (0..<20).map { ("X-\($0)", "y") })
            let response = try await server.request("GET", "/health", headers: many)
            #expect(response.status == 400)
        }
    }

    @Test func `who waits to be asked for the body is asked, unless it is too large`() async throws {
        try await RunningServer.with(configure: { $0.limits.bodyBytesMax = 100 }) { server in
            try await WireClient.with(port: server.port) { client in
                let head = "POST /tokenize HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                try await client.send(raw: head + "Content-Length: 16\r\n\r\n")
                #expect(try await client.read(upTo: "\r\n\r\n") == "HTTP/1.1 100 Continue")
                try await client.send(raw: #"{"prompt": "ab"}"#)
                let response = try await client.readResponse()
                #expect(response.json?["tokens"] == [97, 98])
                try await client.send(raw: head + "Content-Length: 101\r\n\r\n")
                #expect(try await client.readResponse().status == 413)
            }
        }
    }
}
