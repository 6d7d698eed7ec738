import JSON
import OpenAIAPI
import ServingFixtures
import Testing

struct MessagesTests {
    private static func parse(_ body: JSONValue, counts: Bool = false) throws -> JSONValue {
        try MessagesRequest(parsing: body, counts: counts, limits: APILimits()).chat
    }

    @Test func `a conversation with tools is written in chat completions' words`() throws {
        let chat = try Self.parse([
            "model": "m", "max_tokens": 9, "top_p": 0.5, "top_k": 4, "stop_sequences": ["x"],
            "system": [["type": "text", "text": "one"], ["type": "text", "text": "two"]],
            "metadata": ["user_id": "u"],
            "messages": [
                ["role": "user", "content": "Weather?"],
                [
                    "role": "assistant",
                    "content": [
                        ["type": "thinking", "thinking": "hm", "signature": ""],
                        ["type": "text", "text": "I look."],
                        ["type": "tool_use", "id": "t1", "name": "weather", "input": ["city": "Bern"]],
                    ],
                ],
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": "And?"],
                        ["type": "tool_result", "tool_use_id": "t1", "content": "rain"],
                        [
                            "type": "tool_result", "tool_use_id": "t2", "is_error": true,
                            "content": [["type": "text", "text": "no such tool"]],
                        ],
                    ],
                ],
            ],
            "tools": [["name": "weather", "description": "d", "input_schema": ["type": "object"]]],
            "tool_choice": ["type": "tool", "name": "weather", "disable_parallel_tool_use": true],
            "thinking": ["type": "enabled", "budget_tokens": 5],
        ])
        #expect(
            chat["messages"] == [
                ["role": "system", "content": "one\ntwo"], ["role": "user", "content": "Weather?"],
                [
                    "role": "assistant", "content": "I look.", "reasoning_content": "hm",
                    "tool_calls": [
                        [
                            "id": "t1", "type": "function",
                            "function": ["name": "weather", "arguments": #"{"city":"Bern"}"#],
                        ]
                    ],
                ],
                ["role": "tool", "tool_call_id": "t1", "content": "rain"],
                ["role": "tool", "tool_call_id": "t2", "content": "Error: no such tool"],
                ["role": "user", "content": "And?"],
            ])
        #expect(
            chat["tools"] == [
                [
                    "type": "function",
                    "function": ["name": "weather", "description": "d", "parameters": ["type": "object"]],
                ]
            ])
        #expect(chat["tool_choice"] == ["type": "function", "function": ["name": "weather"]])
        #expect(chat["parallel_tool_calls"] == false)
        #expect(chat["thinking"] == ["type": "enabled", "budget_tokens": 5])
        #expect(chat["stop"] == ["x"])
        #expect((chat["max_tokens"], chat["top_k"], chat["user"]) == (9, 4, "u"))
    }

    @Test func `turns of one speaker become one, and a begun answer is gone on with`() throws {
        let chat = try Self.parse([
            "max_tokens": 1,
            "messages": [
                ["role": "user", "content": "a"], ["role": "user", "content": "b"],
                ["role": "assistant", "content": "The answer is"],
            ],
        ])
        #expect(
            chat["messages"] == [
                ["role": "user", "content": "a\n\nb"], ["role": "assistant", "content": "The answer is"],
            ])
        #expect(chat["continue_final_message"] == true)
        #expect(chat["add_generation_prompt"] == false)
    }

    @Test(
        arguments: [
            (#"{"messages": [{"role": "user", "content": "a"}]}"#, "max_tokens"),
            (#"{"max_tokens": 0, "messages": [{"role": "user", "content": "a"}]}"#, "max_tokens"),
            (#"{"max_tokens": 1, "messages": []}"#, "messages"),
            (#"{"max_tokens": 1, "messages": [{"role": "system", "content": "a"}]}"#, "messages.0.role"),
            (#"{"max_tokens": 1, "messages": [{"role": "user", "content": 1}]}"#, "messages.0.content"),
            (
                #"{"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "image"}]}]}"#,
                "messages.0.content.0.type"
            ),
            (
                #"{"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "text"}]}]}"#,
                "messages.0.content.0.text"
            ),
            (
                #"{"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}"#,
                "messages.0.content.0.tool_use_id"
            ),
            (
                #"{"max_tokens": 1, "temperature": 1.5, "messages": [{"role": "user", "content": "a"}]}"#,
                "temperature"
            ),
            (
                #"{"max_tokens": 1, "tools": [{"type": "web_search_20250305", "name": "web_search"}], "#
                    + #""messages": [{"role": "user", "content": "a"}]}"#, "tools.0.type"
            ),
            (
                #"{"max_tokens": 1, "thinking": {"type": "enabled", "budget_tokens": 1}, "#
                    + #""messages": [{"role": "user", "content": "a"}], "tool_choice": {"type": "x"}}"#,
                "tool_choice.type"
            ),
            (
                #"{"max_tokens": 1, "mcp_servers": [1], "messages": [{"role": "user", "content": "a"}]}"#,
                "mcp_servers"
            ),
        ])
    func `what cannot be is refused by its name`(body: String, parameter: String) throws {
        let error = #expect(throws: APIError.self) { _ = try Self.parse(try JSONValue(parsing: body)) }
        #expect(error?.status == 400)
        #expect(error?.parameter == parameter)
    }

    @Test func `only counting needs no max_tokens`() throws {
        let chat = try Self.parse(["messages": [["role": "user", "content": "a"]]], counts: true)
        #expect(chat["max_tokens"] == nil)
    }

    // MARK: Answers

    private static let pieces: [AssistantPiece] = [
        .reasoning("I "), .reasoning("think"), .text("Hello", logprobs: []), .text(" you", logprobs: []),
        .call(index: 0, id: "c0", name: "f"), .arguments(index: 0, #"{"a":"#), .arguments(index: 0, "1}"),
        .call(index: 1, id: "c1", name: "g"),
    ]

    @Test func `a call is told as one, whatever a chat would call its end`() {
        for (reason, stop, expected) in [
            ("stop", nil, "tool_use"), ("tool_calls", nil, "tool_use"), ("stop", "\n", "stop_sequence"),
            ("length", nil, "max_tokens"),
        ] as [(String, String?, JSONValue)] {
            var form = MessageForm(id: "msg_1", model: "m", maxTokens: 5)
            _ = form.take(Self.pieces)
            let ending = AnswerEnding(reason: reason, stopString: stop)
            _ = form.end(ending, Usage(promptTokens: 7, completionTokens: 5))
            #expect(form.whole["stop_reason"] == expected, "\(reason)")
        }
    }

    @Test func `an answer's blocks are the same however they came, and its events build them`() throws {
        var form = MessageForm(id: "msg_1", model: "m", maxTokens: 10)
        var events = form.begin(Usage(promptTokens: 7))
        for piece in Self.pieces { events += form.take([piece]) }
        events += form.end(AnswerEnding(reason: "tool_calls"), Usage(promptTokens: 7, completionTokens: 5))
        let expected: JSONValue = [
            ["type": "thinking", "thinking": "I think", "signature": ""],
            ["type": "text", "text": "Hello you"],
            ["type": "tool_use", "id": "c0", "name": "f", "input": ["a": 1]],
            ["type": "tool_use", "id": "c1", "name": "g", "input": [:]],
        ]
        #expect(form.whole["content"] == expected)
        #expect(form.whole["stop_reason"] == "tool_use")
        #expect(form.whole["usage"]?["input_tokens"] == 7)
        #expect(form.whole["usage"]?["output_tokens"] == 5)
        var names: [String] = []
        for event in events where event.name != names.last { names.append(event.name) }
        #expect(
            names == [
                "message_start", "ping",
                "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_delta", "content_block_stop",
                "content_block_start", "content_block_stop", "message_delta", "message_stop",
            ])
        let starts = events.filter { $0.name == "content_block_start" }
        #expect(starts.map { $0.data["index"] ?? nil } == [0, 1, 2, 3])
        let json = events.compactMap { $0.data["delta"]?["partial_json"]?.stringValue }.joined()
        #expect(json == #"{"a":1}"#)
        for event in events { #expect(event.data["type"] == .string(event.name)) }
    }

    @Test(
        arguments: [
            (AnswerEnding(reason: "stop"), 5, "end_turn"),
            (AnswerEnding(reason: "stop", stopString: "END"), 5, "stop_sequence"),
            (AnswerEnding(reason: "length"), 10, "max_tokens"),
            (AnswerEnding(reason: "length"), 9, "model_context_window_exceeded"),
        ])
    func `why it ended is told in Anthropic's words`(ending: AnswerEnding, tokens: Int, reason: String) {
        var form = MessageForm(id: "msg_1", model: "m", maxTokens: 10)
        _ = form.end(ending, Usage(promptTokens: 1, completionTokens: tokens))
        #expect(form.whole["stop_reason"] == .string(reason))
        #expect(form.whole["stop_sequence"] == (ending.stopString.map(JSONValue.string) ?? .null))
    }

    @Test func `the stop string that ended an answer is known, whole and in pieces`() async throws {
        let body: JSONValue = ["prompt": "a", "stop": ["zz", "fg"], "max_tokens": 20]
        let (choices, _) = try await Fixtures.prepared(body).start().collect()
        #expect(choices[0].stop?.text == "fg")
        #expect(choices[0].text == "bcde")
        let (ended, _) = try await Fixtures.prepared(["prompt": "w", "max_tokens": 20]).start().collect()
        #expect(ended[0].stop?.text == nil)
    }

    @Test func `a chat completion's entries tell calls and thoughts, too`() throws {
        let prepared = try Fixtures.prepared(["messages": [["role": "user", "content": "a"]]])
        var choice = Choice()
        choice.text = "abc"
        let (pieces, ending) = prepared.pieces(of: choice)
        #expect(pieces == [.text("abc", logprobs: [])])
        #expect(ending == AnswerEnding(reason: "stop"))
        let delta = ChoiceDelta(index: 0, text: "x", finish: .length)
        let first = prepared.pieces(of: delta, isFirst: true)
        #expect(first.pieces == [.text("x", logprobs: [])])
        #expect(first.ending == AnswerEnding(reason: "length"))
    }
}
