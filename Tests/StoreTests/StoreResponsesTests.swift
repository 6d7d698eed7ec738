import JSON
import Store
import Testing

struct StoreResponsesTests {
    private static func response(
        _ id: String, owner: String? = nil, previous: String? = nil, created: Int = 1000,
        isOpen: Bool = false,
        text: String = ""
    ) -> StoredResponse {
        StoredResponse(
            id: id, owner: owner, previous: previous, created: created, input: [["text": .string(text)]],
            body: ["id": .string(id), "status": isOpen ? "queued" : "completed"],
            request: isOpen ? ["input": "hi"] : nil, isStreamed: isOpen)
    }

    private static func ids(_ store: Store, _ names: [String]) async throws -> [String] {
        var found: [String] = []
        for name in names where (try? await store.response(name, owner: nil, now: 1000)) != nil {
            found.append(name)
        }
        return found
    }

    @Test func `an open response is begun again after each start, until it has ended once`() async throws {
        try await TemporaryStore.with { place in
            for run in 1...3 {
                let store = try place.open()
                if run == 1 { try await store.addResponse(Self.response("a", isOpen: true)) }
                #expect(try await store.openResponses(count: 9) == ["a"])
                let begun = try #require(try await store.beginResponse("a"))
                #expect(begun.runs == run)
                #expect(begun.request == ["input": "hi"])
                #expect(try await store.response("a", owner: nil, now: 1000).body["status"] == "in_progress")
            }
            let store = try place.open()
            let events = (0..<5).map { StoredEvent(number: $0, bytes: [UInt8($0)]) }
            #expect(try await store.endResponse("a", body: ["status": "completed"], events: events))
            #expect(try await !store.endResponse("a", body: ["status": "cancelled"]), "it has ended")
            #expect(try await store.beginResponse("a") == nil)
            #expect(try await store.openResponses(count: 9).isEmpty)
            let ended = try await store.response("a", owner: nil, now: 1000)
            #expect(ended.body == ["status": "completed"] && !ended.isOpen)
            #expect(try await store.events(of: "a", after: 1, count: 2) == Array(events[2...3]))
            try await store.deleteResponse("a", owner: nil)
            #expect(try await store.events(of: "a", after: -1, count: 9).isEmpty, "its events go with it")
        }
    }

    @Test func `too many open ones are refused, and nobody goes on from one`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.openResponsesMax = 2
            let store = try place.open(limits: limits)
            for name in ["a", "b"] { try await store.addResponse(Self.response(name, isOpen: true)) }
            let refused = await #expect(throws: StoreError.self) {
                try await store.addResponse(Self.response("c", isOpen: true))
            }
            #expect(refused?.description.hasPrefix("2 background responses are open") == true)
            try await store.addResponse(Self.response("d", previous: "a"))
            await #expect(
                throws: StoreError.conflict(
                    "The response a is still at work; wait for its end before going on from it")
            ) {
                _ = try await store.conversation(endingWith: "d", owner: nil, now: 1000)
            }
            _ = try await store.endResponse("a", body: ["status": "completed"])
            #expect(
                try await store.conversation(endingWith: "d", owner: nil, now: 1000).map(\.id) == ["a", "d"])
            try await store.addResponse(Self.response("c", isOpen: true))
        }
    }

    @Test func `the eldest go where all are too many, too old or too large, but no open one`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.responsesMax = 3
            let store = try place.open(limits: limits)
            try await store.addResponse(Self.response("open", isOpen: true))
            for name in ["a", "b", "c"] { try await store.addResponse(Self.response(name)) }
            try await store.addResponse(Self.response("d"))
            #expect(try await Self.ids(store, ["open", "a", "b", "c", "d"]) == ["open", "b", "c", "d"])
        }
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.responsesBytesMax = 3000
            let store = try place.open(limits: limits)
            try await store.addResponse(Self.response("open", isOpen: true))
            let text = String(repeating: "x", count: 1000)
            for name in ["a", "b", "c"] { try await store.addResponse(Self.response(name, text: text)) }
            #expect(try await Self.ids(store, ["open", "a", "b", "c"]) == ["open", "b", "c"])
            let large = String(repeating: "x", count: 5000)
            try await store.addResponse(Self.response("d", text: large))
            #expect(try await Self.ids(store, ["open", "b", "c", "d"]) == ["open", "d"])
        }
    }

    @Test func `a conversation has a limit in bytes`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.conversationBytesMax = 1500
            let store = try place.open(limits: limits)
            let text = String(repeating: "x", count: 1000)
            try await store.addResponse(Self.response("a", text: text))
            try await store.addResponse(Self.response("b", previous: "a", text: text))
            #expect(try await store.conversation(endingWith: "a", owner: nil, now: 1000).count == 1)
            let refused = await #expect(throws: StoreError.self) {
                _ = try await store.conversation(endingWith: "b", owner: nil, now: 1000)
            }
            #expect(refused?.description.contains("at most 1500 bytes") == true)
        }
    }

    // MARK: Conversations

    private static func numbered(_ number: Int, previous: Int? = nil, created: Int = 1000) -> StoredResponse {
        StoredResponse(
            id: "resp_\(number)", owner: nil, previous: previous.map { "resp_\($0)" }, created: created,
            input: [["n": .int(number)]], body: ["id": .string("resp_\(number)"), "z": 1, "a": 2])
    }

    @Test func `a conversation is what led to a response, the eldest first`() async throws {
        try await TemporaryStore.with { place in
            let store = try place.open()
            for (number, previous) in [(1, nil), (2, 1), (3, 1), (4, 3)] as [(Int, Int?)] {
                try await store.addResponse(Self.numbered(number, previous: previous))
            }
            let ids = try await store.conversation(endingWith: "resp_4", owner: nil, now: 1000).map(\.id)
            #expect(ids == ["resp_1", "resp_3", "resp_4"])
            let kept = try await store.response("resp_4", owner: nil, now: 1000)
            #expect(kept == Self.numbered(4, previous: 3), "members keep their order, too")
            try await store.deleteResponse("resp_1", owner: nil)
            await #expect(throws: StoreError.notFound(kind: "response", id: "resp_1")) {
                _ = try await store.conversation(endingWith: "resp_4", owner: nil, now: 1000)
            }
            await #expect(throws: StoreError.notFound(kind: "response", id: "resp_1")) {
                try await store.deleteResponse("resp_1", owner: nil)
            }
        }
    }

    @Test func `the old and the many go`() async throws {
        try await TemporaryStore.with { place in
            var limits = StoreLimits()
            limits.responsesMax = 3
            limits.responseSecondsMax = 100
            limits.conversationResponsesMax = 2
            let store = try place.open(limits: limits)
            for number in 1...4 {
                try await store.addResponse(Self.numbered(number, previous: number == 1 ? nil : number - 1))
            }
            await #expect(throws: StoreError.self) {
                _ = try await store.response("resp_1", owner: nil, now: 1000)
            }
            #expect(try await store.response("resp_2", owner: nil, now: 1000).id == "resp_2")
            await #expect(throws: StoreError.full("A conversation may go back at most 2 responses")) {
                _ = try await store.conversation(endingWith: "resp_4", owner: nil, now: 1000)
            }
            await #expect(throws: StoreError.self) {
                _ = try await store.response("resp_2", owner: nil, now: 1101)
            }
        }
    }
}
