import Engine
import JSON
import ModelFiles
import OpenAIAPI
import ServingFixtures
import Testing
import Tokens

struct CompletionRunTests {
    private static func answer(_ body: JSONValue, model: ServedModel? = nil) async throws -> JSONValue {
        let prepared = try Fixtures.prepared(body, model: model)
        let (choices, usage) = try await prepared.start().collect()
        return prepared.format.response(choices, usage)
    }

    @Test func `a completion goes on to the model's end`() async throws {
        let answer = try await Self.answer(["prompt": "v", "model": "team/alphabet"])
        #expect(
            answer == [
                "id": "id", "object": "text_completion", "created": 1, "model": "team/alphabet",
                "choices": [["index": 0, "text": "wxyz", "logprobs": nil, "finish_reason": "stop"]],
                "usage": Usage(promptTokens: 1, completionTokens: 5).json,
            ])
    }

    @Test func `a chat is written by the template, and answered in OpenAI's shape`() async throws {
        let answer = try await Self.answer([
            "messages": [["role": "system", "content": "s"], ["role": "user", "content": "u"]],
            "max_tokens": 3,
        ])
        #expect(
            answer == [
                "id": "id", "object": "chat.completion", "created": 1, "model": "alphabet",
                "choices": [
                    [
                        "index": 0, "message": ["role": "assistant", "content": "abc", "refusal": nil],
                        "logprobs": nil, "finish_reason": "length",
                    ]
                ],
                "usage": Usage(promptTokens: 28, completionTokens: 3).json,
            ])
    }

    @Test func `without max_tokens a chat may fill the context`() async throws {
        let answer = try await Self.answer([
            "messages": [["role": "assistant", "content": "A"]], "continue_final_message": true,
        ])
        #expect(answer["usage"]?["total_tokens"] == 512)
        #expect(answer["choices"]?[0]?["finish_reason"] == "length")
        #expect(answer["choices"]?[0]?["message"]?["content"]?.stringValue?.hasPrefix("BCDEF") == true)
    }

    @Test func `without max_tokens a chat ends where the model's authors recommend, or the context does`()
        async throws
    {
        let body: JSONValue = [
            "messages": [["role": "assistant", "content": "A"]], "continue_final_message": true,
            "temperature": 0,
        ]
        for (most, expected) in [(7, 7), (4096, 500)] {
            let model = try Fixtures.model(defaults: GenerationDefaults(tokensMax: most))
            let answer = try await Self.answer(body, model: model)
            #expect(answer["usage"]?["completion_tokens"] == .int(expected))
        }
    }

    @Test func `several prompts and answers keep their order, and each prompt counts once`() async throws {
        let answer = try await Self.answer(["prompt": ["a", "m", "A"], "n": 2, "max_tokens": 2])
        let choices = try #require(answer["choices"]?.arrayValue)
        #expect(choices.map { $0["text"] } == ["bc", "bc", "no", "no", "BC", "BC"])
        #expect(choices.map { $0["index"] } == [0, 1, 2, 3, 4, 5])
        #expect(
            answer["usage"] == [
                "prompt_tokens": 3, "completion_tokens": 12, "total_tokens": 15,
                "prompt_tokens_details": ["cached_tokens": 0, "audio_tokens": 0],
                "completion_tokens_details": [
                    "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                    "rejected_prediction_tokens": 0,
                ],
            ])
    }

    @Test func `a stop string ends the answer, cut or kept`() async throws {
        let cut = try await Self.answer(["prompt": "a", "max_tokens": 20, "stop": ["gh", "xyz"]])
        #expect(cut["choices"]?[0]?["text"] == "bcdef")
        #expect(cut["choices"]?[0]?["finish_reason"] == "stop")
        #expect(cut["usage"]?["completion_tokens"] == 7)
        let kept = try await Self.answer([
            "prompt": "a", "max_tokens": 20, "stop": "gh", "include_stop_str_in_output": true,
        ])
        #expect(kept["choices"]?[0]?["text"] == "bcdefgh")
    }

    @Test func `a stop string that did not come to its end is text`() async throws {
        let answer = try await Self.answer(["prompt": "v", "stop": "z!"])
        #expect(answer["choices"]?[0]?["text"] == "wxyz")
        let short = try await Self.answer(["prompt": "a", "max_tokens": 2, "stop": "cd"])
        #expect(short["choices"]?[0]?["text"] == "bc")
        #expect(short["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test func `stop strings wait for min_tokens`() async throws {
        let answer = try await Self.answer(["prompt": "A", "max_tokens": 60, "min_tokens": 10, "stop": "C"])
        #expect(answer["choices"]?[0]?["text"] == "BCDEFGHIJKLMNOPQRSTUVWXYZAB")
    }

    @Test func `a stop token is text only if wanted`() async throws {
        let cut = try await Self.answer(["prompt": "a", "stop_token_ids": [101]])
        #expect(cut["choices"]?[0]?["text"] == "bcd")
        let kept = try await Self.answer([
            "prompt": "a", "stop_token_ids": [101], "include_stop_str_in_output": true,
        ])
        #expect(kept["choices"]?[0]?["text"] == "bcde")
    }

    @Test func `no delta holds half a character`() async throws {
        let run = try Fixtures.prepared(["prompt": "é", "max_tokens": 7]).start()
        var texts: [String] = []
        try await run.forEachDelta { texts.append($0.text) }
        #expect(texts.allSatisfy { $0.allSatisfy { $0 == "é" || $0 == "\u{FFFD}" } })
        #expect(texts.joined() == "ééé\u{FFFD}")
    }

    @Test func `chunks begin with the role, end with the reason, and mention usage only when asked`() throws {
        let format = try Fixtures.prepared(["messages": [["role": "user", "content": "a"]]]).format
        let delta = ChoiceDelta(index: 1, text: "x", tokens: [120], finish: .stop)
        let chunks = format.chunks(for: delta, isFirst: true)
        #expect(chunks.map { $0["delta"] } == [["role": "assistant", "content": ""], ["content": "x"], [:]])
        #expect(chunks.map { $0["finish_reason"] } == [.null, .null, "stop"])
        #expect(format.chunk(chunks[0], usage: nil)["usage"] == nil)
        #expect(format.chunk(chunks[0], usage: .null)["usage"] == .some(.null))
        let last = format.chunk(Usage(promptTokens: 2, completionTokens: 3))
        #expect(last["choices"] == [])
        #expect(last["usage"]?["total_tokens"] == 5)
    }

    @Test func `a context that is too short is told with its figures`() throws {
        let tooMuch = try #require(throws: APIError.self) {
            try Fixtures.prepared(["prompt": "abc", "max_tokens": 510]).start()
        }
        #expect(tooMuch.status == 400)
        #expect(tooMuch.code == "context_length_exceeded")
        #expect(tooMuch.message.contains("512") && tooMuch.message.contains("510"))
        let long = String(repeating: "a", count: 512)
        let tooLong = try #require(throws: APIError.self) {
            try Fixtures.prepared(["prompt": .string(long)]).start()
        }
        #expect(tooLong.code == "context_length_exceeded")
    }

    @Test func `a prompt can be cut to its end`() async throws {
        let long = JSONValue.string(String(repeating: "?", count: 600) + "v")
        let answer = try await Self.answer(["prompt": long, "truncate_prompt_tokens": 4])
        #expect(answer["choices"]?[0]?["text"] == "wxyz")
        #expect(answer["usage"]?["prompt_tokens"] == 4)
        let filled = try await Self.answer([
            "prompt": long, "truncate_prompt_tokens": -1, "max_tokens": 1,
        ])
        #expect(filled["usage"]?["prompt_tokens"] == 511)
    }

    @Test func `an empty prompt is refused`() throws {
        let error = try #require(throws: APIError.self) { try Fixtures.prepared(["prompt": ""]).start() }
        #expect(error.parameter == "prompt")
    }

    @Test func `what a template refuses is the caller's fault, and no template means no chat`() throws {
        let refused = try #require(throws: APIError.self) {
            try Fixtures.prepared(["messages": [["role": "tool", "content": "x"]]])
        }
        #expect(refused.status == 400)
        #expect(refused.message.contains("no tools here"))
        let none = try #require(throws: APIError.self) {
            try Fixtures.prepared(
                ["messages": [["role": "user", "content": "x"]]], model: Fixtures.model(template: nil))
        }
        #expect(none.code == "no_chat_template")
    }

    @Test(.timeLimit(.minutes(1))) func `all prompts go in, or none`() async throws {
        let model = try Fixtures.model(sequencesMax: 1, waitingMax: 1, stepMicroseconds: 1000)
        let error = try #require(throws: APIError.self) {
            try Fixtures.prepared(["prompt": ["A", "A", "A", "A"], "max_tokens": 400], model: model).start()
        }
        #expect(error.status == 429)
        #expect(error.retryAfterSeconds == 1)
        // The engine sees the aborted ones before its next step, and has room again.
        var answer: JSONValue?
        while answer == nil {
            try await Task.sleep(for: .milliseconds(1))
            answer = try? await Self.answer(["prompt": "v"], model: model)
        }
        #expect(answer?["choices"]?[0]?["text"] == "wxyz")
    }

    @Test func `an answer that the engine gives up is an error, not an end`() async throws {
        let model = try Fixtures.model(stepMicroseconds: 1000)
        let run = try Fixtures.prepared(["prompt": "A", "max_tokens": 400], model: model).start()
        await model.engine.shutdown(deadline: .milliseconds(20))
        await #expect(throws: APIError.shuttingDown) { try await run.collect() }
        #expect(throws: APIError.shuttingDown) {
            try Fixtures.prepared(["prompt": "a"], model: model).start()
        }
    }
}
