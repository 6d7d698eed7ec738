import JSON
import OpenAIAPI
import OrderedCollections
import Sampling
import ServingFixtures
import Testing
import Tokens

/// Every parameter that shows more than the text, or chooses among answers, in the answer that it changes.
struct AnswerDetailsTests {
    private static func answer(_ body: JSONValue) async throws -> JSONValue {
        let prepared = try Fixtures.prepared(body)
        let (choices, usage) = try await prepared.start().collect()
        return prepared.format.response(choices, usage)
    }

    private static func chat(_ members: JSONValue) async throws -> JSONValue {
        var body = members.objectValue ?? [:]
        body["messages"] = [["role": "user", "content": "u"]]
        return try await answer(.object(body))
    }

    @Test func `a chat tells the probability of each token, and of those beside it`() async throws {
        let plain = try await Self.chat(["max_tokens": 2])
        #expect(plain["choices"]?[0]?["logprobs"] == .some(.null))
        let answer = try await Self.chat(["max_tokens": 2, "logprobs": true, "top_logprobs": 2])
        let content = try #require(answer["choices"]?[0]?["logprobs"]?["content"]?.arrayValue)
        #expect(content.map { $0["token"] } == ["a", "b"])
        #expect(content.map { $0["bytes"] } == [[97], [98]])
        let top = try #require(content[0]["top_logprobs"]?.arrayValue)
        #expect(top.count == 2 && top[0]["token"] == "a")
        let (best, next) = (top[0]["logprob"]?.doubleValue ?? 1, top[1]["logprob"]?.doubleValue ?? 1)
        #expect(abs(best) < 1e-5 && abs(next + 20) < 1e-4)
        #expect(content[0]["logprob"]?.doubleValue == best)
    }

    @Test func `a completion tells probabilities by position, and may show tokens as ids`() async throws {
        let answer = try await Self.answer(["prompt": "a", "max_tokens": 3, "logprobs": 1])
        let logprobs = try #require(answer["choices"]?[0]?["logprobs"])
        #expect(logprobs["tokens"] == ["b", "c", "d"])
        #expect(logprobs["text_offset"] == [0, 1, 2])
        #expect(logprobs["token_logprobs"]?.arrayValue?.count == 3)
        #expect(logprobs["top_logprobs"]?[2]?.objectValue?.keys.first == "d")
        let ids = try await Self.answer([
            "prompt": "a", "max_tokens": 1, "logprobs": 0, "return_tokens_as_token_ids": true,
        ])
        #expect(ids["choices"]?[0]?["logprobs"]?["tokens"] == ["token_id:98"])
    }

    @Test func `an echo begins with the prompt, probabilities included, and may be all there is`()
        async throws
    {
        let answer = try await Self.answer(["prompt": "xyé", "max_tokens": 1, "echo": true, "logprobs": 1])
        let choice = try #require(answer["choices"]?[0])
        #expect(choice["text"]?.stringValue?.hasPrefix("xyé") == true)
        let logprobs = try #require(choice["logprobs"])
        #expect(logprobs["tokens"]?.arrayValue?.prefix(2) == ["x", "y"])
        #expect(logprobs["text_offset"] == [0, 1, 2, 3, 4])
        #expect(logprobs["token_logprobs"]?[0] == .some(.null))
        #expect(abs(logprobs["token_logprobs"]?[1]?.doubleValue ?? 1) < 1e-5)
        #expect(abs((logprobs["token_logprobs"]?[2]?.doubleValue ?? 1) + 20) < 1e-4)
        let only = try await Self.answer(["prompt": "ab", "max_tokens": 0, "echo": true, "logprobs": 1])
        #expect(only["choices"]?[0]?["text"] == "ab")
        #expect(only["choices"]?[0]?["logprobs"]?["tokens"] == ["a", "b"])
        #expect(only["usage"]?["completion_tokens"] == 0)
    }

    @Test func `a continued message is echoed in a chat`() async throws {
        let answer = try await Self.answer([
            "messages": [["role": "assistant", "content": "v"]], "continue_final_message": true, "echo": true,
        ])
        #expect(answer["choices"]?[0]?["message"]?["content"] == "vwxyz")
    }

    @Test func `the probabilities of the prompt are told by id`() async throws {
        let answer = try await Self.answer(["prompt": "abx", "max_tokens": 1, "prompt_logprobs": 1])
        let entries = try #require(answer["choices"]?[0]?["prompt_logprobs"]?.arrayValue)
        #expect(entries.count == 3 && entries[0] == .null)
        #expect(entries[1].objectValue?.keys == ["98"])
        #expect(entries[1]["98"]?["rank"] == 1 && entries[1]["98"]?["decoded_token"] == "b")
        #expect(entries[2].objectValue?.keys == ["120", "99"])
        #expect((entries[2]["120"]?["rank"]?.intValue ?? 0) > 1)
        let chat = try await Self.chat(["max_tokens": 1, "prompt_logprobs": 0])
        #expect(chat["prompt_logprobs"]?.arrayValue?.count == chat["usage"]?["prompt_tokens"]?.intValue)
    }

    @Test(.timeLimit(.minutes(1))) func `a long prompt's probabilities come in pieces, and are all there`()
        async throws
    {
        let text = String(repeating: "abcdefghij", count: 40)
        let answer = try await Self.answer([
            "prompt": [.string(text), .string(text)], "max_tokens": 1, "prompt_logprobs": 0, "n": 2,
        ])
        let choices = try #require(answer["choices"]?.arrayValue)
        #expect(choices.count == 4)
        for choice in choices {
            #expect(choice["prompt_logprobs"]?.arrayValue?.count == 400)
            #expect(choice["prompt_logprobs"] == choices[0]["prompt_logprobs"])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a long prompt that is echoed in a stream is whole in the first delta`()
        async throws
    {
        let text = String(repeating: "abcdefghij", count: 40)
        let run = try Fixtures.prepared([
            "prompt": .string(text), "max_tokens": 3, "echo": true, "logprobs": 0, "stream": true,
        ]).start()
        var counts: [Int] = []
        try await run.forEachDelta { counts.append($0.promptLogprobs.count) }
        #expect(counts.first == 399 && counts.dropFirst().allSatisfy { $0 == 0 })
    }

    @Test func `an echo of a prompt that was cut is what was kept, in a beam search too`() async throws {
        for search in [false, true] {
            let answer = try await Self.answer([
                "prompt": "zzzzab", "truncate_prompt_tokens": 2, "max_tokens": 1, "echo": true, "logprobs": 1,
                "use_beam_search": .bool(search),
            ])
            #expect(answer["choices"]?[0]?["text"] == "abc")
            #expect(answer["choices"]?[0]?["logprobs"]?["tokens"] == ["a", "b", "c"])
        }
    }

    @Test func `ids are told, the ending token's among them`() async throws {
        let answer = try await Self.answer(["prompt": "y", "return_token_ids": true])
        #expect(answer["choices"]?[0]?["prompt_token_ids"] == [121])
        #expect(answer["choices"]?[0]?["token_ids"] == [122, 256])
        let chat = try await Self.chat(["max_tokens": 2, "return_token_ids": true])
        #expect(chat["choices"]?[0]?["token_ids"] == [97, 98])
        #expect(chat["prompt_token_ids"]?.arrayValue?.count == chat["usage"]?["prompt_tokens"]?.intValue)
    }

    @Test func `chunks tell probabilities, ids and the usage so far`() throws {
        let format = try Fixtures.prepared([
            "prompt": "a", "logprobs": 0, "return_token_ids": true, "stream": true, "echo": true,
            "stream_options": ["continuous_usage_stats": true],
        ]).format
        let delta = ChoiceDelta(index: 0, text: "b", tokens: [98], textOffset: 0, finish: nil)
        let first = format.chunks(for: delta, isFirst: true)
        #expect(first.map { $0["text"] } == ["ab"] && first[0]["token_ids"] == [98])
        #expect(first[0]["prompt_token_ids"] == [97])
        #expect(format.chunks(for: delta, isFirst: false)[0]["text"] == "b")
        let usage = Usage(promptTokens: 1, completionTokens: 2).json
        #expect(format.chunk(first[0], usage: usage)["usage"]?["total_tokens"] == 3)
        // What comes later stands after the prompt.
        let later = ChoiceDelta(
            index: 0, text: "c", tokens: [99],
            logprobs: [
                TokenLogprobs(taken: TokenLogprobs.Entry(token: 99, logprob: 0), rank: 1, top: [])
            ], textOffset: 1, finish: nil)
        #expect(format.chunks(for: later, isFirst: false)[0]["logprobs"]?["text_offset"] == [2])
    }

    // MARK: Choosing

    @Test func `tokens and words can be forbidden`() async throws {
        let only = try await Self.answer(["prompt": "a", "max_tokens": 3, "allowed_token_ids": [66, 90]])
        #expect(only["choices"]?[0]?["text"] == "BBB")
        let single = try await Self.answer(["prompt": "a", "max_tokens": 3, "bad_words": ["b"]])
        #expect(single["choices"]?[0]?["text"]?.stringValue?.contains("b") == false)
        let run = try await Self.answer(["prompt": "a", "max_tokens": 5, "bad_words": ["cd"]])
        let text = try #require(run["choices"]?[0]?["text"]?.stringValue)
        #expect(text.hasPrefix("bc") && !text.hasPrefix("bcd"))
    }

    @Test func `of several answers the most probable ones are shown, and all are paid for`() async throws {
        let body: JSONValue = [
            "prompt": "A", "max_tokens": 4, "best_of": 12, "n": 2, "temperature": 2, "seed": 5,
            "logprobs": 0,
        ]
        let answer = try await Self.answer(body)
        let choices = try #require(answer["choices"]?.arrayValue)
        #expect(choices.count == 2)
        #expect(answer["usage"]?["completion_tokens"]?.intValue == 48)
        let means = choices.map { choice in
            (choice["logprobs"]?["token_logprobs"]?.arrayValue ?? []).reduce(0) { $0 + ($1.doubleValue ?? 0) }
        }
        #expect(means[0] >= means[1])
    }

    @Test func `a beam search gives the most probable answers first`() async throws {
        let answer = try await Self.answer([
            "prompt": "w", "max_tokens": 6, "n": 3, "use_beam_search": true, "logprobs": 0,
        ])
        let choices = try #require(answer["choices"]?.arrayValue)
        #expect(choices.count == 3)
        #expect(choices[0]["text"] == "xyz" && choices[0]["finish_reason"] == "stop")
        let sums = choices.map { choice in
            (choice["logprobs"]?["token_logprobs"]?.arrayValue ?? []).reduce(0) { $0 + ($1.doubleValue ?? 0) }
        }
        #expect(sums[0] > sums[1])
        // A reward for length lets long answers overtake.
        let long = try await Self.answer([
            "prompt": "y", "max_tokens": 40, "n": 2, "use_beam_search": true, "length_penalty": 10,
        ])
        let short = try await Self.answer([
            "prompt": "y", "max_tokens": 40, "n": 2, "use_beam_search": true, "length_penalty": -10,
        ])
        #expect(long["choices"]?[1]?["text"] != short["choices"]?[1]?["text"])
    }

    @Test func `a request can bring its own template`() async throws {
        let answer = try await Self.chat([
            "chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}w", "max_tokens": 9,
        ])
        #expect(answer["choices"]?[0]?["message"]?["content"] == "xyz")
        let error = try #require(throws: APIError.self) {
            try Fixtures.prepared([
                "messages": [["role": "user", "content": "u"]], "chat_template": "{% for %}",
            ])
        }
        #expect(error.parameter == "chat_template")
    }

    @Test func `a model without the tokens does not fill gaps`() throws {
        let error = try #require(throws: APIError.self) {
            try Fixtures.prepared(["prompt": "a", "suffix": "b"])
        }
        #expect(error.parameter == "suffix" && error.code == "unsupported_parameter")
    }

    @Test(
        arguments: [
            (["best_of": 2], "best_of"), (["use_beam_search": true], "use_beam_search"),
            (["prompt_logprobs": 1], "prompt_logprobs"),
        ] as [(JSONValue, String)])
    func `what needs the whole answer is refused in a stream`(members: JSONValue, parameter: String) throws {
        var body = members.objectValue ?? [:]
        body["prompt"] = "a"
        body["stream"] = true
        let error = try #require(throws: APIError.self) { try Fixtures.prepared(.object(body)) }
        #expect(error.parameter == parameter && error.message.contains("stream"))
    }
}
