import Engine
import Foundation
import JSON
import OpenAIAPI
import Server
import ServingFixtures
import Testing

/// Keys and what they may, over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct AccessTests {
    private static let path = "/v1/completions"

    private static func line(_ key: APIKey) -> String { key.json.serialized() + "\n" }

    private static func bearer(_ key: String) -> [String: String] { ["Authorization": "Bearer \(key)"] }

    /// A server whose keys file holds these.
    private static func with(
        _ keys: [APIKey], apiKeys: [String] = [], checkMilliseconds: Int = 20,
        _ body: @escaping @concurrent @Sendable (RunningServer, Scratch) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let file = try scratch.file("keys.jsonl", keys.map(line).joined())
            let access = try AccessControl(apiKeys: apiKeys, keysFile: file, logger: Fixtures.logger)
            try await RunningServer.with(
                access: access, configure: { $0.limits.accessCheckMilliseconds = checkMilliseconds }
            ) { try await body($0, scratch) }
        }
    }

    @Test func `a key of the file opens, in either header, beside those of --api-key`() async throws {
        try await Self.with([APIKey(name: "alice", key: "one")], apiKeys: ["two"]) { server, _ in
            for headers in [
                Self.bearer("one"), ["x-api-key": "one"], Self.bearer("two"), ["X-API-Key": "two"],
            ] {
                #expect(try await server.request("GET", "/v1/models", headers: headers).status == 200)
            }
            for headers in [Self.bearer("three"), ["x-api-key": "on"], ["x-api-key": ""], [:]] {
                let response = try await server.request("GET", "/v1/models", headers: headers)
                #expect(response.status == 401)
                #expect(response.json?["error"]?["code"] == "invalid_api_key")
            }
        }
    }

    @Test func `an expired key opens nothing, and says so to its holder`() async throws {
        let keys = [
            APIKey(name: "old", key: "old", expires: 1_000_000_000),
            APIKey(name: "new", key: "new", expires: 4_000_000_000),
        ]
        try await Self.with(keys) { server, _ in
            let old = try await server.request("GET", "/v1/models", headers: Self.bearer("old"))
            #expect(old.status == 401)
            #expect(
                old.json?["error"]?["message"] == "The API key of old expired at 2001-09-09T01:46:40Z")
            #expect(try await server.request("GET", "/v1/models", headers: Self.bearer("new")).status == 200)
        }
    }

    @Test func `a key that opens other models sees none of these`() async throws {
        let keys = [
            APIKey(name: "here", key: "here", models: ["team/alphabet"]),
            APIKey(name: "there", key: "there", models: ["gpt-oss"]),
        ]
        try await Self.with(keys) { server, _ in
            let mine = try await server.request("GET", "/v1/models", headers: Self.bearer("here"))
            #expect(mine.json?["data"]?.arrayValue?.count == 2)
            let theirs = try await server.request("GET", "/v1/models", headers: Self.bearer("there"))
            #expect(theirs.json?["data"] == [])
            for body in [#"{"prompt": "v", "model": "alphabet"}"#, #"{"prompt": "v"}"#] {
                #expect(
                    try await server.request("POST", Self.path, body, headers: Self.bearer("here")).status
                        == 200)
                for path in [Self.path, "/tokenize"] {
                    let refused = try await server.request("POST", path, body, headers: Self.bearer("there"))
                    #expect(refused.status == 404)
                    #expect(refused.json?["error"]?["code"] == "model_not_found")
                    #expect(refused.body.contains("alphabet`, `") == false)
                }
            }
            let card = try await server.request("GET", "/v1/models/alphabet", headers: Self.bearer("there"))
            #expect(card.status == 404)
        }
    }

    @Test func `server_info takes a key that shows it, and masks nothing it does not know`() async throws {
        let keys = [APIKey(name: "user", key: "user"), APIKey(name: "root", key: "root", isAdmin: true)]
        try await Self.with(keys, apiKeys: ["plain"]) { server, _ in
            #expect(try await server.request("GET", "/server_info").status == 401)
            let refused = try await server.request("GET", "/server_info", headers: Self.bearer("user"))
            #expect(refused.status == 403)
            #expect(refused.json?["error"]?["code"] == "insufficient_permissions")
            for key in ["root", "plain"] {
                let shown = try await server.request("GET", "/server_info", headers: Self.bearer(key))
                #expect(shown.status == 200)
                #expect(shown.json?["models"]?[0]?["id"] == "alphabet")
                #expect(shown.json?["limits"]?["body_bytes_max"]?.intValue == 32 << 20)
                #expect(!shown.body.contains("plain"))
            }
        }
    }

    @Test func `requests over the minute's limit wait, and each answer says what is left`() async throws {
        let keys = [
            APIKey(name: "slow", key: "slow", requestsPerMinuteMax: 2), APIKey(name: "free", key: "free"),
        ]
        try await Self.with(keys) { server, _ in
            for left in ["1", "0"] {
                let response = try await server.request(
                    "POST", Self.path, #"{"prompt": "v"}"#, headers: Self.bearer("slow"))
                #expect(response.status == 200)
                #expect(response.headers["x-ratelimit-limit-requests"] == "2")
                #expect(response.headers["x-ratelimit-remaining-requests"] == left)
                #expect(response.headers["x-ratelimit-limit-tokens"] == nil)
            }
            let refused = try await server.request(
                "POST", Self.path, #"{"prompt": "v"}"#, headers: Self.bearer("slow"))
            #expect(refused.status == 429)
            let wait = try #require(refused.headers["retry-after"].flatMap { Int($0) })
            #expect((28...30).contains(wait))
            #expect(refused.headers["x-ratelimit-remaining-requests"] == "0")
            #expect(
                try #require(refused.headers["x-ratelimit-reset-requests"]).wholeMatch(of: /59(\.\d)?s|1m0s/)
                    != nil)
            #expect(refused.json?["error"]?["code"] == "rate_limit_exceeded")
            #expect(refused.json?["error"]?["type"] == "requests")
            #expect(try #require(refused.json?["error"]?["message"]?.stringValue).contains("limit 2"))
            // Looking around costs nothing, and others are not held up.
            #expect(try await server.request("GET", "/v1/models", headers: Self.bearer("slow")).status == 200)
            let other = try await server.request(
                "POST", Self.path, #"{"prompt": "v"}"#, headers: Self.bearer("free"))
            #expect(other.status == 200)
            #expect(other.headers["x-ratelimit-limit-requests"] == nil)
        }
    }

    @Test(arguments: ["false", "true"])
    func `tokens of prompts and answers are counted, and a debt is waited for`(stream: String) async throws {
        let key = APIKey(name: "slow", key: "slow", tokensPerMinuteMax: 20)
        try await Self.with([key]) { server, _ in
            func ask(_ prompt: String, _ count: Int) async throws -> WireResponse {
                try await server.request(
                    "POST", Self.path,
                    #"{"prompt": "\#(prompt)", "max_tokens": \#(count), "stream": \#(stream)}"#,
                    headers: Self.bearer("slow"))
            }
            let first = try await ask("ABCD", 10)
            #expect(first.status == 200)
            #expect(first.headers["x-ratelimit-limit-tokens"] == "20")
            // Known once the answer is there; of a stream's answer nothing is known at its head.
            #expect(first.headers["x-ratelimit-remaining-tokens"] == (stream == "true" ? "16" : "6"))
            let large = try await ask(String(repeating: "A", count: 21), 1)
            #expect(large.status == 429)
            #expect(large.headers["retry-after"] == nil)
            #expect(try #require(large.json?["error"]?["message"]?.stringValue).contains("21 tokens, and 20"))
            // The answer overdraws what is left.
            #expect(try await ask("ABC", 13).status == 200)
            let refused = try await ask("A", 1)
            #expect(refused.status == 429)
            #expect(refused.json?["error"]?["type"] == "tokens")
            let wait = try #require(refused.headers["retry-after"].flatMap { Int($0) })
            #expect((25...33).contains(wait))
        }
    }

    @Test func `a changed file is taken while the server runs, and a broken one is not`() async throws {
        let first = APIKey(name: "first", key: "first", requestsPerMinuteMax: 5)
        try await Self.with([first]) { server, scratch in
            func status(_ key: String) async throws -> Int {
                try await server.request("POST", Self.path, #"{"prompt": "v"}"#, headers: Self.bearer(key))
                    .status
            }
            func wait(for key: String, _ expected: Int) async throws {
                while try await server.request("GET", "/v1/models", headers: Self.bearer(key)).status
                    != expected
                {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            #expect(try await status("first") == 200)
            #expect(try await status("second") == 401)
            try scratch.file(
                "keys.jsonl", Self.line(first) + Self.line(APIKey(name: "second", key: "second")))
            try await wait(for: "second", 200)
            // What was used of a limit stays used.
            let counted = try await server.request(
                "POST", Self.path, #"{"prompt": "v"}"#, headers: Self.bearer("first"))
            #expect(counted.headers["x-ratelimit-remaining-requests"] == "3")
            try scratch.file("keys.jsonl", #"{"name": "second""#)
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await status("second") == 200)
            // Without its last key a file opens nothing, rather than everything.
            try scratch.file("keys.jsonl", "")
            try await wait(for: "second", 401)
            #expect(try await server.request("GET", "/v1/models").status == 401)
        }
    }

    @Test func `what the engine does not take costs nothing, and what nobody waits for costs what was made`()
        async throws
    {
        try await Scratch.with { scratch in
            let key = APIKey(name: "alice", key: "one", tokensPerMinuteMax: 6000)
            let file = try scratch.file("keys.jsonl", Self.line(key))
            let access = try AccessControl(keysFile: file, logger: Fixtures.logger)
            let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 500)
            try await RunningServer.with(model, access: access) { server in
                func left(_ body: String) async throws -> Int {
                    let answer = try await server.request(
                        "POST", Self.path, body, headers: Self.bearer("one"))
                    return try #require(answer.headers["x-ratelimit-remaining-tokens"].flatMap { Int($0) })
                }
                let long = String(repeating: "v", count: 4000)
                let refused = #"{"prompt": "\#(long)", "max_tokens": 1000}"#
                for _ in 0..<5 { #expect(try await left(refused) > 5900) }
                try await WireClient.with(port: server.port) { client in
                    try await client.send(
                        "POST", Self.path, #"{"prompt": "A", "max_tokens": 4000}"#,
                        headers: Self.bearer("one"))
                    while server.model.engine.statistics().generationTokenCount < 1000 {
                        try await Task.sleep(for: .milliseconds(2))
                    }
                }
                try await server.waitUntilIdle()
                #expect(try await left(#"{"prompt": "v", "max_tokens": 1}"#) < 5500)
            }
        }
    }

    @Test func `the log has callers' names and never their keys`() async throws {
        let lines = LogLines()
        try await Scratch.with { scratch in
            let file = try scratch.file("keys.jsonl", Self.line(APIKey(name: "alice", key: "sesame-open")))
            let access = try AccessControl(apiKeys: ["plain-secret"], keysFile: file, logger: lines.logger)
            try await RunningServer.with(access: access, logger: lines.logger) { server in
                for key in ["sesame-open", "plain-secret", "sesame-wrong"] {
                    _ = try await server.request(
                        "GET", "/v1/models?api_key=\(key)", headers: Self.bearer(key))
                }
                access.reload()
            }
        }
        let text = lines.text
        #expect(text.contains("caller=alice"))
        #expect(text.contains("caller=api-key"))
        #expect(!text.contains("sesame") && !text.contains("secret"), "\(text)")
    }
}
