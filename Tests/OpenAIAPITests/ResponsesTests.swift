import JSON
import OpenAIAPI
import ServingFixtures
import Synchronization
import Testing

struct ResponsesTests {
    private static func parse(_ body: JSONValue) throws -> ResponsesRequest {
        let ids = CountingIDs()
        return try ResponsesRequest(parsing: body, limits: APILimits()) { ids.make($0) }
    }

    @Test func `a text is a message of the user's, after the instructions`() throws {
        let request = try Self.parse(["input": "hi", "instructions": "Be brief.", "max_output_tokens": 5])
        #expect(
            request.input == [
                [
                    "id": "msg_1", "type": "message", "status": "completed", "role": "user",
                    "content": [["type": "input_text", "text": "hi"]],
                ]
            ])
        let chat = try request.chat(history: [])
        #expect(
            chat["messages"] == [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "hi"],
            ])
        #expect(chat["max_completion_tokens"] == 5)
        #expect(request.stores == nil)
    }

    @Test func `only some of the tools may be allowed`() throws {
        let choice: JSONValue = [
            "type": "allowed_tools", "mode": "required", "tools": [["type": "function", "name": "f"]],
        ]
        let tools: JSONValue = .array(
            ["f", "g"].map { ["type": "function", "name": .string($0), "parameters": ["type": "object"]] })
        let body = try Self.parse(["input": "a", "tools": tools, "tool_choice": choice]).chat(history: [])
        let model = try Fixtures.scripted("")
        let chat = try ChatCompletionRequest(
            parsing: body, catalog: ModelCatalog([model]), limits: APILimits())
        #expect(chat.tools?.tools.map(\.name) == ["f"] && chat.tools?.choice == .required)
    }

    @Test func `items become messages, calls beside what was said with them`() throws {
        let request = try Self.parse([
            "input": [
                ["role": "user", "content": "Weather?"],
                [
                    "type": "reasoning", "id": "rs_9", "summary": [],
                    "content": [["type": "reasoning_text", "text": "hm"]],
                ],
                [
                    "type": "message", "role": "assistant",
                    "content": [["type": "output_text", "text": "I look."]],
                ],
                ["type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"],
                ["type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"],
                ["type": "function_call_output", "call_id": "c1", "output": "rain"],
                [
                    "type": "function_call_output", "call_id": "c2",
                    "output": [["type": "input_text", "text": "snow"]],
                ],
            ],
            "tools": [["type": "function", "name": "f", "parameters": ["type": "object"], "strict": nil]],
            "tool_choice": ["type": "function", "name": "f"], "parallel_tool_calls": false,
            "text": ["format": ["type": "json_schema", "name": "n", "schema": [:], "strict": true]],
            "reasoning": ["effort": "low"], "include": ["message.output_text.logprobs"], "top_logprobs": 2,
        ])
        let chat = try request.chat(history: [])
        let call: (JSONValue, JSONValue) -> JSONValue = { id, name in
            ["id": id, "type": "function", "function": ["name": name, "arguments": "{}"]]
        }
        #expect(
            chat["messages"] == [
                ["role": "user", "content": "Weather?"],
                [
                    "role": "assistant", "content": "I look.", "reasoning_content": "hm",
                    "tool_calls": [call("c1", "f"), call("c2", "g")],
                ],
                ["role": "tool", "tool_call_id": "c1", "content": "rain"],
                ["role": "tool", "tool_call_id": "c2", "content": "snow"],
            ])
        #expect(
            chat["tools"] == [
                ["type": "function", "function": ["name": "f", "parameters": ["type": "object"]]]
            ])
        #expect(chat["tool_choice"] == ["type": "function", "function": ["name": "f"]])
        #expect(
            chat["response_format"] == [
                "type": "json_schema", "json_schema": ["name": "n", "schema": [:], "strict": true],
            ])
        #expect((chat["reasoning_effort"], chat["logprobs"], chat["top_logprobs"]) == ("low", true, 2))
        #expect(request.input.allSatisfy { $0["id"]?.stringValue != nil })
    }

    @Test func `of a long conversation the first messages are left out, instructions and heads stay`() throws
    {
        let request = try Self.parse([
            "instructions": "i", "truncation": "auto",
            "input": [
                ["role": "system", "content": "s"], ["role": "user", "content": "1"],
                ["type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"],
                ["type": "function_call_output", "call_id": "c", "output": "r"],
                ["role": "user", "content": "2"],
            ],
        ])
        let texts = { (count: Int) in
            try request.chat(history: [], dropping: count)["messages"]?.arrayValue?.map {
                $0["content"]?.stringValue ?? ""
            }
        }
        #expect(try texts(0) == ["i", "s", "1", "", "r", "2"])
        #expect(try texts(1) == ["i", "s", "", "r", "2"])
        #expect(try texts(2) == ["i", "s", "2"], "no result without its call")
    }

    @Test(
        arguments: [
            (#"{}"#, "input"), (#"{"input": 1}"#, "input"), (#"{"input": [1]}"#, "input[0]"),
            (#"{"input": [{"type": "computer_call"}]}"#, "input[0].type"),
            (
                #"{"input": [{"role": "user", "content": [{"type": "input_image"}]}]}"#,
                "input[0].content[0].type"
            ),
            (#"{"input": [{"role": "king", "content": "a"}]}"#, "input[0].role"),
            (#"{"input": [{"type": "function_call_output", "output": "x"}]}"#, "input[0].call_id"),
            (#"{"input": "a", "background": true, "store": false}"#, "store"),
            (#"{"input": "a", "background": 1}"#, "background"),
            (#"{"input": "a", "truncation": "some"}"#, "truncation"),
            (#"{"input": "a", "tools": [{"type": "web_search"}]}"#, "tools[0].type"),
            (#"{"input": "a", "tool_choice": {"type": "file_search"}}"#, "tool_choice"),
            (#"{"input": "a", "text": {"format": {"type": "xml"}}}"#, "text.format.type"),
            (#"{"input": "a", "metadata": {"a": 1}}"#, "metadata"),
            (#"{"input": "a", "max_output_tokens": 0}"#, "max_output_tokens"),
            (#"{"input": "a", "conversation": "conv_1"}"#, "conversation"),
        ])
    func `what cannot be is refused by its name`(body: String, parameter: String) throws {
        let error = #expect(throws: APIError.self) { _ = try Self.parse(try JSONValue(parsing: body)) }
        #expect(error?.status == 400)
        #expect(error?.parameter == parameter)
    }

    // MARK: Answers

    private static func form(_ body: JSONValue = ["input": "hi"]) throws -> ResponseForm {
        let prepared = try Fixtures.prepared([
            "messages": [["role": "user", "content": "hi"]], "temperature": 0.7,
        ])
        let makeID = CountingIDs()
        return ResponseForm(
            try parse(body), prepared, id: "resp_1", created: 1, stores: true, makeID: { makeID.make($0) },
            now: { 2 })
    }

    private final class CountingIDs: Sendable {
        private let count = Mutex(0)

        func make(_ prefix: String) -> String {
            count.withLock {
                $0 += 1
                return "\(prefix)\($0)"
            }
        }
    }

    @Test func `an answer's items are the same however they came, and its events build them`() throws {
        var form = try Self.form()
        var events = form.begin(Usage(promptTokens: 7))
        for piece in [
            .reasoning("I "), .reasoning("think"), .text("Hello", logprobs: []), .text(" you", logprobs: []),
            .call(index: 0, id: "c0", name: "f"), .arguments(index: 0, #"{"a":"#), .arguments(index: 0, "1}"),
        ] as [AssistantPiece] {
            events += form.take([piece])
        }
        events += form.end(AnswerEnding(reason: "tool_calls"), Usage(promptTokens: 7, completionTokens: 5))
        #expect(
            form.whole["output"] == [
                [
                    "id": "rs_1", "type": "reasoning", "summary": [],
                    "content": [["type": "reasoning_text", "text": "I think"]], "status": "completed",
                ],
                [
                    "id": "msg_2", "type": "message", "status": "completed", "role": "assistant",
                    "content": [
                        ["type": "output_text", "text": "Hello you", "annotations": [], "logprobs": []]
                    ],
                ],
                [
                    "id": "fc_3", "type": "function_call", "status": "completed", "call_id": "c0",
                    "name": "f",
                    "arguments": #"{"a":1}"#,
                ],
            ])
        #expect(form.whole["status"] == "completed")
        #expect(form.whole["completed_at"] == 2)
        #expect(form.whole["temperature"] == 0.7)
        #expect(form.whole["usage"]?["total_tokens"] == 12)
        #expect(
            events.map(\.name) == [
                "response.created", "response.in_progress",
                "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta",
                "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done",
                "response.output_item.done",
                "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.done", "response.content_part.done",
                "response.output_item.done",
                "response.output_item.added", "response.function_call_arguments.delta",
                "response.function_call_arguments.delta", "response.function_call_arguments.done",
                "response.output_item.done", "response.completed",
            ])
        #expect(events.map { $0.data["sequence_number"]?.intValue } == Array(0..<events.count))
        #expect(events.last?.data["response"] == form.whole)
    }

    @Test func `an answer that was cut is incomplete, and a broken one failed`() throws {
        var form = try Self.form()
        _ = form.take([.text("Hel", logprobs: [])])
        let events = form.end(AnswerEnding(reason: "length"), Usage(promptTokens: 1, completionTokens: 1))
        #expect(events.last?.name == "response.incomplete")
        #expect(form.whole["incomplete_details"] == ["reason": "max_output_tokens"])
        #expect(form.whole["output"]?[0]?["status"] == "incomplete")
        var broken = try Self.form()
        #expect(broken.fail(.shuttingDown).last?.name == "response.failed")
        #expect(broken.whole["error"]?["code"] == "server_error")
    }

    @Test func `an answer without a token is a message without text`() throws {
        var form = try Self.form()
        _ = form.end(AnswerEnding(reason: "stop"), Usage(promptTokens: 1, completionTokens: 1))
        #expect(form.whole["output"]?[0]?["content"]?[0]?["text"] == "")
    }
}
