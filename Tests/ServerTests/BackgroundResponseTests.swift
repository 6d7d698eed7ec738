import Foundation
import JSON
import Server
import ServingFixtures
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BackgroundResponseTests {
    /// The uppercase letters have no end.
    private static let endless =
        #""input": [{"role": "assistant", "content": "A"}], "background": true, "ignore_eos": true"#

    private static func ask(
        _ server: RunningServer, _ members: String, headers: [String: String] = [:]
    ) async throws -> WireResponse {
        try await server.request("POST", "/v1/responses", "{\(members)}", headers: headers)
    }

    private static func shown(
        _ id: String, _ server: RunningServer, headers: [String: String] = [:]
    ) async throws -> JSONValue {
        try #require(try await server.request("GET", "/v1/responses/\(id)", headers: headers).json)
    }

    /// Waits until a response has a status.
    private static func wait(
        _ id: String, _ server: RunningServer, for statuses: Set<String>, headers: [String: String] = [:]
    ) async throws -> JSONValue {
        while true {
            let shown = try await shown(id, server, headers: headers)
            if statuses.contains(shown["status"]?.stringValue ?? "") { return shown }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    private static func id(of response: WireResponse) throws -> String {
        try #require(response.json?["id"]?.stringValue, "\(response.body)")
    }

    /// The events of a stream: their names, numbers and data.
    private static func events(_ text: String) throws -> [(name: String, number: Int, data: JSONValue)] {
        try text.split(separator: "\n\n").map { event in
            let lines = event.split(separator: "\n").map(String.init)
            let name = try #require(lines.first.flatMap { $0.hasPrefix("event: ") ? $0.dropFirst(7) : nil })
            let data = try #require(lines.last.flatMap { $0.hasPrefix("data: ") ? $0.dropFirst(6) : nil })
            let value = try JSONValue(parsing: String(data))
            return (String(name), try #require(value["sequence_number"]?.intValue), value)
        }
    }

    @Test func `it is acknowledged at once, runs on, and ends as the same request in front`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let front = try await Self.ask(server, #""input": "hi", "max_output_tokens": 30"#)
                let asked = try await Self.ask(
                    server, #""input": "hi", "max_output_tokens": 30, "background": true"#)
                #expect(asked.status == 200)
                #expect(asked.json?["status"] == "queued")
                #expect(asked.json?["background"] == true)
                #expect(asked.json?["output"] == [])
                let id = try Self.id(of: asked)
                let ended = try await Self.wait(id, server, for: ["completed", "failed"])
                #expect(ended["status"] == "completed")
                let text = front.json?["output"]?[0]?["content"]
                #expect(ended["output"]?[0]?["content"] == text)
                #expect(ended["usage"] == front.json?["usage"])
                let short = try await Self.ask(
                    server, #""input": "hi", "max_output_tokens": 3, "background": true"#)
                let cut = try await Self.wait(
                    try Self.id(of: short), server, for: ["completed", "incomplete"])
                #expect(cut["status"] == "incomplete")
                // It can be gone on from, and its input is shown.
                let next = try await Self.ask(server, #""input": "two", "previous_response_id": "\#(id)""#)
                #expect(next.status == 200)
                let items = try await server.request("GET", "/v1/responses/\(id)/input_items").json
                #expect(items?["data"]?[0]?["content"]?[0]?["text"] == "hi")
            }
        }
    }

    @Test func `cancelling ends it once, and twice changes nothing`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 1000)
            try await RunningServer.with(model, store: store) { server in
                let id = try Self.id(of: try await Self.ask(server, Self.endless))
                let waiting = try await Self.wait(id, server, for: ["in_progress"])
                #expect(waiting["background"] == true)
                try await server.waitUntilBusy()
                let early = try await Self.ask(server, #""input": "x", "previous_response_id": "\#(id)""#)
                #expect(early.status == 400)
                #expect(early.json?["error"]?["param"] == "previous_response_id")
                let cancelled = try await server.request("POST", "/v1/responses/\(id)/cancel")
                #expect(cancelled.status == 200)
                #expect(cancelled.json?["status"] == "cancelled")
                try await server.waitUntilIdle()
                let again = try await server.request("POST", "/v1/responses/\(id)/cancel")
                #expect(again.status == 200 && again.json == cancelled.json)
                #expect(try await Self.shown(id, server) == cancelled.json)
                let done = try await Self.ask(
                    server, #""input": "hi", "max_output_tokens": 2, "background": true"#)
                let ended = try await Self.wait(try Self.id(of: done), server, for: ["incomplete"])
                let late = try await server.request(
                    "POST", "/v1/responses/\(try Self.id(of: done))/cancel")
                #expect(late.json == ended, "one that has ended stays as it is")
                let front = try await Self.ask(server, #""input": "hi", "max_output_tokens": 2"#)
                let refused = try await server.request(
                    "POST", "/v1/responses/\(try Self.id(of: front))/cancel")
                #expect(refused.status == 400)
            }
        }
    }

    @Test func `deleting stops it`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 1000)
            try await RunningServer.with(model, store: store) { server in
                let id = try Self.id(of: try await Self.ask(server, Self.endless))
                try await server.waitUntilBusy()
                #expect(try await server.request("DELETE", "/v1/responses/\(id)").status == 200)
                try await server.waitUntilIdle()
                #expect(try await server.request("GET", "/v1/responses/\(id)").status == 404)
            }
        }
    }

    @Test func `a stream can be left and gone on with, while it runs and afterwards`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(stepMicroseconds: 1000)
            try await RunningServer.with(model, store: store) { server in
                let members = Self.endless + #", "stream": true, "max_output_tokens": 60"#
                let first = try await WireClient.with(port: server.port) { client in
                    try await client.send("POST", "/v1/responses", "{\(members)}")
                    return try await client.read(upTo: "response.output_text.delta")
                }
                let id = try #require(first.firstMatch(of: /"id":"(resp_[0-9a-f]+)"/)?.1)
                // It runs on without a reader, and another one gets the rest.
                let rest = try await server.request("GET", "/v1/responses/\(id)?stream=true&starting_after=2")
                #expect(rest.headers["content-type"] == "text/event-stream; charset=utf-8")
                let events = try Self.events(rest.body)
                #expect(events.first?.number == 3)
                #expect(events.map(\.number) == Array(3..<(3 + events.count)))
                #expect(events.last?.name == "response.incomplete")
                let ended = try await Self.shown(String(id), server)
                #expect(events.last?.data["response"] == ended)
                let whole = try Self.events(
                    try await server.request("GET", "/v1/responses/\(id)?stream=true").body)
                #expect(
                    whole.prefix(3).map(\.name) == [
                        "response.created", "response.queued", "response.in_progress",
                    ])
                #expect(whole.map(\.number) == Array(0..<whole.count))
                #expect(whole.dropFirst(3).map(\.data) == events.map(\.data), "the same as while it ran")
                let text = whole.compactMap { $0.data["delta"]?.stringValue }.joined()
                #expect(ended["output"]?[0]?["content"]?[0]?["text"] == .string(text))
                for query in ["starting_after=x", "starting_after=-1"] {
                    let path = "/v1/responses/\(id)?stream=true&\(query)"
                    let refused = try await server.request("GET", path)
                    #expect(refused.json?["error"]?["param"] == "starting_after")
                }
                let unstreamed = try await Self.ask(
                    server, #""input": "hi", "max_output_tokens": 2, "background": true"#)
                let path = "/v1/responses/\(try Self.id(of: unstreamed))?stream=true"
                #expect(try await server.request("GET", path).json?["error"]?["param"] == "stream")
            }
        }
    }

    @Test func `whoever reads a stream is told of its cancelling`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 1000)
            try await RunningServer.with(model, store: store) { server in
                try await WireClient.with(port: server.port) { client in
                    try await client.send("POST", "/v1/responses", #"{\#(Self.endless), "stream": true}"#)
                    let first = try await client.read(upTo: "response.output_text.delta")
                    let id = try #require(first.firstMatch(of: /"id":"(resp_[0-9a-f]+)"/)?.1)
                    _ = try await server.request("POST", "/v1/responses/\(id)/cancel")
                    let rest = try await client.read(upTo: "\r\n0\r\n")
                    #expect(rest.contains("event: response.cancelled"))
                    let replayed = try await server.request("GET", "/v1/responses/\(id)?stream=true")
                    let last = try #require(try Self.events(replayed.body).last)
                    #expect(last.name == "response.cancelled")
                    let shown = try await Self.shown(String(id), server)
                    #expect(last.data["response"] == shown && shown["status"] == "cancelled")
                }
            }
        }
    }

    @Test func `what a server left undone the next one runs again, its events included`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(stepMicroseconds: 3000)
            let members = Self.endless + #", "stream": true, "max_output_tokens": 200"#
            let ids = try await RunningServer.with(model, store: store) { server in
                let plain = try await Self.ask(server, Self.endless + #", "max_output_tokens": 100"#)
                let first = try await WireClient.with(port: server.port) { client in
                    try await client.send("POST", "/v1/responses", "{\(members)}")
                    return try await client.read(upTo: "response.output_text.delta")
                }
                let streamed = try #require(first.firstMatch(of: /"id":"(resp_[0-9a-f]+)"/)?.1)
                return (try Self.id(of: plain), String(streamed))
            }
            #expect(try await store.response(ids.1, owner: nil, now: 0).body["status"] == "in_progress")
            try await RunningServer.with(store: store) { server in
                let events = try Self.events(
                    try await server.request("GET", "/v1/responses/\(ids.1)?stream=true").body)
                #expect(events.first?.name == "response.created")
                #expect((events.first?.number ?? 0) > 1_000_000, "no number of the first run")
                #expect(events.last?.name == "response.incomplete")
                for (id, count) in [(ids.0, 100), (ids.1, 200)] {
                    let ended = try await Self.wait(id, server, for: ["completed", "incomplete", "failed"])
                    #expect(ended["status"] == "incomplete")
                    #expect(ended["usage"]?["output_tokens"] == .int(count))
                }
            }
        }
    }

    @Test func `one that brings the server down again and again fails in the end`() async throws {
        try await StoreFixture.with { store in
            try await store.addResponse(
                StoredResponse(
                    id: "resp_x", owner: nil, previous: nil, created: 0, input: [],
                    body: ["id": "resp_x", "status": "queued", "background": true], request: ["input": "hi"]))
            for _ in 0..<3 { _ = try await store.beginResponse("resp_x") }
            try await RunningServer.with(store: store, configure: { $0.limits.background.runsMax = 3 }) {
                server in
                while try await store.response("resp_x", owner: nil, now: 0).isOpen {
                    try await Task.sleep(for: .milliseconds(5))
                }
                let body = try await store.response("resp_x", owner: nil, now: 0).body
                #expect(body["status"] == "failed")
                #expect(body["error"]?["message"]?.stringValue?.contains("begun 3 times") == true)
            }
        }
    }

    @Test func `too many get a 429, and what cannot be kept or run is refused before`() async throws {
        var limits = StoreLimits()
        limits.openResponsesMax = 2
        try await StoreFixture.with(limits: limits) { store in
            let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 1000)
            try await RunningServer.with(
                model, store: store, configure: { $0.limits.background.atWorkMax = 1 }
            ) { server in
                var ids: [String] = []
                for _ in 0..<2 { ids.append(try Self.id(of: try await Self.ask(server, Self.endless))) }
                _ = try await Self.wait(ids[0], server, for: ["in_progress"])
                #expect(try await Self.shown(ids[1], server)["status"] == "queued", "one at a time")
                let full = try await Self.ask(server, Self.endless)
                #expect(full.status == 429)
                #expect(full.headers["retry-after"] == "1")
                for id in ids { _ = try await server.request("POST", "/v1/responses/\(id)/cancel") }
                for (members, parameter) in [
                    (#""input": "hi", "background": true, "store": false"#, "store"),
                    (#""input": "hi", "background": true, "max_output_tokens": 100000"#, "messages"),
                ] {
                    let refused = try await Self.ask(server, members)
                    #expect(refused.status == 400)
                    #expect(refused.json?["error"]?["param"] == .string(parameter))
                }
                let line =
                    #"{"custom_id": "a", "method": "POST", "url": "/v1/responses", "#
                    + #""body": {"input": "hi", "background": true}}"#
                let batch = try await server.ended(
                    try await server.makeBatch([line], endpoint: "/v1/responses"))
                let answer = try await server.lines(of: batch["error_file_id"]).first
                #expect(answer?["response"]?["body"]?["error"]?["param"] == "background")
            }
        }
        try await RunningServer.with { server in
            let refused = try await Self.ask(server, #""input": "hi", "background": true"#)
            #expect(refused.status == 503 && refused.json?["error"]?["code"] == "no_storage")
        }
    }

    @Test func `it is its owner's alone, runs as the owner's key allows, and is charged to it`() async throws
    {
        try await StoreFixture.with { store in
            try await Scratch.with { scratch in
                func lines(_ keys: [APIKey]) -> String {
                    keys.map { $0.json.serialized() + "\n" }.joined()
                }
                let alice = APIKey(name: "alice", key: "one", tokensPerMinuteMax: 600)
                let bob = APIKey(name: "bob", key: "two")
                let file = try scratch.file("keys.jsonl", lines([alice, bob]))
                let access = try AccessControl(keysFile: file, logger: Fixtures.logger)
                let model = try Fixtures.model(contextLength: 4096, stepMicroseconds: 1000)
                let last = try await RunningServer.with(model, store: store, access: access) { server in
                    let (hers, his) = (
                        ["Authorization": "Bearer one"], ["Authorization": "Bearer two"]
                    )
                    let asked = try await Self.ask(
                        server, #""input": "hi", "background": true, "max_output_tokens": 20"#, headers: hers)
                    let id = try Self.id(of: asked)
                    for (method, path) in [("GET", ""), ("POST", "/cancel"), ("DELETE", "")] {
                        let path = "/v1/responses/\(id)\(path)"
                        #expect(try await server.request(method, path, headers: his).status == 404)
                    }
                    let ended = try await Self.wait(id, server, for: ["incomplete"], headers: hers)
                    let tokens = try #require(ended["usage"]?["total_tokens"]?.intValue)
                    let next = try await Self.ask(server, #""input": "hi""#, headers: ["x-api-key": "one"])
                    let left = try #require(next.headers["x-ratelimit-remaining-tokens"].flatMap { Int($0) })
                    #expect(left <= 600 - tokens)
                    // Who has no key any more has no work done.
                    let last = try Self.id(of: try await Self.ask(server, Self.endless, headers: his))
                    _ = try await Self.wait(last, server, for: ["in_progress"], headers: his)
                    await server.shutDown()
                    try Data(lines([alice]).utf8).write(to: URL(filePath: file))
                    access.reload()
                    return last
                }
                try await RunningServer.with(store: store, access: access) { _ in
                    while try await !store.openResponses(count: 1).isEmpty {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                let failed = try await store.response(last, owner: "bob", now: 0).body
                #expect(failed["status"] == "failed")
                #expect(failed["error"]?["message"] == "There is no API key of bob any more")
            }
        }
    }
}
