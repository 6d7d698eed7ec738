import JSON
import OpenAIAPI
import OrderedCollections
import OutputParsing
import ServingFixtures
import Testing
import Tokenizers

/// Requests with tools from the JSON that comes to the JSON that goes, with a model that says what it is told to.
struct ToolCallingTests {
    private static let tools: JSONValue = [
        [
            "type": "function",
            "function": [
                "name": "add", "description": "Adds.", "strict": false,
                "parameters": ["type": "object", "properties": ["a": ["type": "integer"]]],
            ],
        ]
    ]
    private static let twoCalls = """
        I'll add.
        <tool_call>
        {"name": "add", "arguments": {"a": 1}}
        </tool_call>
        <tool_call>
        {"name": "add", "arguments": {"a": "é"}}
        </tool_call>
        """

    private static func body(_ members: [(String, JSONValue)]) -> JSONValue {
        var body: JSONValue = ["messages": [["role": "user", "content": "go"]]]
        guard case .object(var object) = body else { return body }
        for (name, value) in members { object[name] = value }
        body = .object(object)
        return body
    }

    private static func answer(_ body: JSONValue, _ model: ServedModel) async throws -> JSONValue {
        let prepared = try Fixtures.prepared(body, model: model)
        let (choices, usage) = try await prepared.start().collect()
        return prepared.format.response(choices, usage)
    }

    /// The `delta`s and the reason of the end, as a client of the stream gets them.
    private static func chunks(_ body: JSONValue, _ model: ServedModel) async throws -> [JSONValue] {
        let prepared = try Fixtures.prepared(body, model: model)
        var chunks: [JSONValue] = []
        var begun: Set<Int> = []
        try await prepared.start().forEachDelta { delta in
            chunks += prepared.format.chunks(for: delta, isFirst: begun.insert(delta.index).inserted)
        }
        return chunks
    }

    @Test func `calls are told apart from the text, in OpenAI's shape`() async throws {
        let answer = try await Self.answer(
            Self.body([("tools", Self.tools)]), Fixtures.scripted(Self.twoCalls))
        let choice = try #require(answer["choices"]?[0])
        #expect(choice["finish_reason"] == "tool_calls")
        #expect(choice["message"]?["content"] == "I'll add.")
        let calls = try #require(choice["message"]?["tool_calls"]?.arrayValue)
        #expect(calls.map { $0["type"] } == ["function", "function"])
        #expect(
            calls.map { $0["function"] } == [
                ["name": "add", "arguments": #"{"a": 1}"#], ["name": "add", "arguments": #"{"a": "é"}"#],
            ])
        #expect(Set(calls.compactMap { $0["id"]?.stringValue }).count == 2)
    }

    @Test func `content is null where there are calls only, and text where there are none`() async throws {
        let call = #"<tool_call>{"name": "add", "arguments": {}}</tool_call>"#
        let alone = try await Self.answer(Self.body([("tools", Self.tools)]), Fixtures.scripted(call))
        #expect(alone["choices"]?[0]?["message"]?["content"] == .some(.null))
        let text = try await Self.answer(Self.body([("tools", Self.tools)]), Fixtures.scripted("No.\n"))
        #expect(text["choices"]?[0]?["message"] == ["role": "assistant", "content": "No.\n", "refusal": nil])
        #expect(text["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test func `without tools, or where none is to be used, markup is text`() async throws {
        let requests: [[(String, JSONValue)]] = [[], [("tools", Self.tools), ("tool_choice", "none")]]
        for members in requests {
            let answer = try await Self.answer(Self.body(members), Fixtures.scripted(Self.twoCalls))
            #expect(answer["choices"]?[0]?["message"]?["content"]?.stringValue == Self.twoCalls)
        }
    }

    @Test func `a stream gives the same calls in deltas, and no markup`() async throws {
        let chunks = try await Self.chunks(
            Self.body([("tools", Self.tools), ("stream", true)]), Fixtures.scripted(Self.twoCalls))
        var content = ""
        var calls: [(id: String, name: String, arguments: String)] = []
        for chunk in chunks {
            content += chunk["delta"]?["content"]?.stringValue ?? ""
            for call in chunk["delta"]?["tool_calls"]?.arrayValue ?? [] {
                let index = try #require(call["index"]?.intValue)
                if let id = call["id"]?.stringValue {
                    #expect(index == calls.count && call["type"] == "function")
                    calls.append((id, call["function"]?["name"]?.stringValue ?? "", ""))
                }
                calls[index].arguments += call["function"]?["arguments"]?.stringValue ?? ""
            }
        }
        #expect(content == "I'll add.")
        #expect(calls.map(\.name) == ["add", "add"])
        #expect(calls.map(\.arguments) == [#"{"a": 1}"#, #"{"a": "é"}"#])
        #expect(chunks.first?["delta"]?["role"] == "assistant")
        #expect(chunks.last?["finish_reason"] == "tool_calls")
        #expect(chunks.count > 4)
    }

    @Test func `without parallel calls the answer ends with the first`() async throws {
        let body = Self.body([("tools", Self.tools), ("parallel_tool_calls", false)])
        let answer = try await Self.answer(body, Fixtures.scripted(Self.twoCalls + "and more text"))
        #expect(answer["choices"]?[0]?["message"]?["tool_calls"]?.arrayValue?.count == 1)
        #expect(answer["choices"]?[0]?["finish_reason"] == "tool_calls")
        let tokens = try #require(answer["usage"]?["completion_tokens"]?.intValue)
        #expect(tokens < Self.twoCalls.utf8.count)
    }

    @Test func `the old functions are answered in the old shape`() async throws {
        let functions: JSONValue = [["name": "add", "parameters": ["type": "object"]]]
        let body = Self.body([("functions", functions)])
        let answer = try await Self.answer(body, Fixtures.scripted(Self.twoCalls))
        let choice = try #require(answer["choices"]?[0])
        #expect(choice["finish_reason"] == "function_call")
        #expect(choice["message"]?["function_call"] == ["name": "add", "arguments": #"{"a": 1}"#])
        #expect(choice["message"]?["tool_calls"] == nil)
        let chunks = try await Self.chunks(body, Fixtures.scripted(Self.twoCalls))
        let pieces = chunks.compactMap { $0["delta"]?["function_call"] }
        #expect(pieces.first?["name"] == "add")
        #expect(pieces.compactMap { $0["arguments"]?.stringValue }.joined() == #"{"a": 1}"#)
        #expect(chunks.last?["finish_reason"] == "function_call")
    }

    @Test func `an answer that ends within a call says length, and shows what there is`() async throws {
        let answer = try await Self.answer(
            Self.body([("tools", Self.tools), ("max_tokens", 55)]), Fixtures.scripted(Self.twoCalls))
        let choice = try #require(answer["choices"]?[0])
        #expect(choice["finish_reason"] == "length")
        let arguments = try #require(
            choice["message"]?["tool_calls"]?[0]?["function"]?["arguments"]?.stringValue)
        #expect(#"{"a": 1}"#.hasPrefix(arguments) && !arguments.isEmpty)
    }

    @Test
    func `the template gets tools without strict, calls with arguments as objects, and who answered what`()
        throws
    {
        let model = try Fixtures.scripted("")
        let body = try JSONValue(
            parsing: #"""
                {"messages": [{"role": "user", "content": "u"},
                {"role": "assistant", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": "{\"a\": 1}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "2"}]},
                {"role": "assistant", "content": null, "function_call": {"name": "old", "arguments": ""}},
                {"role": "function", "name": "old", "content": "3"}, {"role": "assistant", "content": "x", "tool_calls": []}],
                "tools": [{"type": "function", "function": {"name": "add", "description": "Adds.", "strict": true}}]}
                """#)
        let request = try TokenizeRequest(
            parsing: body, catalog: ModelCatalog([model]), limits: APILimits())
        let response = try request.response()
        let ids = try #require(response["tokens"]?.arrayValue).compactMap(\.intValue)
        #expect(
            String(decoding: ids.map(UInt8.init), as: UTF8.self) == #"""
                tools: [{"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {}}}}] as <tool_call>
                user: u
                assistant: <tool_call>add {"a": 1} c1</tool_call>
                tool: 2 to add c1
                assistant: <tool_call>old {} call00003</tool_call>
                tool: 3 to old call00003
                assistant: x
                assistant:\#u{1}
                """#)
    }

    @Test(arguments: [
        (#"{"role": "assistant", "tool_calls": {}}"#, "messages[0].tool_calls"),
        (#"{"role": "assistant", "tool_calls": [1]}"#, "messages[0].tool_calls[0]"),
        (#"{"role": "assistant", "tool_calls": [{"id": "a"}]}"#, "messages[0].tool_calls[0].function"),
        (
            #"{"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}"#,
            "messages[0].tool_calls[0].function.name"
        ),
        (
            #"{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 1}}]}"#,
            "messages[0].tool_calls[0].function.arguments"
        ), (#"{"role": "assistant", "function_call": 1}"#, "messages[0].function_call"),
        (#"{"role": "tool", "tool_call_id": "a"}"#, "messages[0].content"),
    ])
    func `a call that cannot be is refused by its place`(message: String, place: String) throws {
        let error = try #require(throws: APIError.self) {
            try Fixtures.prepared(
                JSONValue(parsing: #"{"messages": [\#(message)]}"#), model: Fixtures.scripted(""))
        }
        #expect(error.status == 400 && error.parameter == place)
    }

    @Test func `arguments that are no object stay as they are`() throws {
        let body = try JSONValue(
            parsing:
                #"{"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "oops"}}]}]}"#
        )
        _ = try Fixtures.prepared(body, model: Fixtures.scripted(""))
    }

    @Test func `qwen_react tells any chat model of tools in the messages`() async throws {
        let formats = AnswerFormats(toolCalls: .fixed(.reAct))
        let template = Fixtures.template.replacing("assistant:{%- endif", with: "assistant:\u{1}{%- endif")
        let script = "Thought: I must.\nAction: add\nAction Input: {\"a\": 2}\nObservation: made up"
        let model = try Fixtures.scripted(script, template: template, formats: formats)
        let body: JSONValue = [
            "messages": [
                ["role": "user", "content": "q"],
                [
                    "role": "assistant", "content": "hm",
                    "tool_calls": [["id": "1", "function": ["name": "add", "arguments": #"{"a": 1}"#]]],
                ], ["role": "tool", "tool_call_id": "1", "content": "7"],
            ], "tools": Self.tools,
        ]
        let answer = try await Self.answer(body, model)
        let message = try #require(answer["choices"]?[0]?["message"])
        #expect(message["tool_calls"]?[0]?["function"] == ["name": "add", "arguments": #"{"a": 2}"#])
        #expect(message["reasoning_content"] == "I must.")
        #expect(message["content"] == .some(.null))
        let request = try TokenizeRequest(parsing: body, catalog: ModelCatalog([model]), limits: APILimits())
        let response = try request.response()
        let ids = try #require(response["tokens"]?.arrayValue).compactMap(\.intValue)
        let prompt = String(decoding: ids.map(UInt8.init), as: UTF8.self)
        #expect(prompt.contains("add: Adds. Parameters: {\"type\": \"object\""))
        #expect(prompt.contains("Question: q\n"))
        #expect(prompt.contains("assistant: Thought: hm\nAction: add\nAction Input: {\"a\": 1}\n"))
        #expect(prompt.contains("user: Observation: 7\n"))
    }

    @Test func `a call of a function that was named ends the answer as any other end does`() async throws {
        let call = #"<tool_call>{"name": "add", "arguments": {"a": 1}}</tool_call>"#
        let named: JSONValue = ["type": "function", "function": ["name": "add"]]
        for (choice, reason) in [(named, "stop"), ("required", "tool_calls")] as [(JSONValue, JSONValue)] {
            let body = Self.body([("tools", Self.tools), ("tool_choice", choice)])
            let answer = try await Self.answer(body, Fixtures.scripted(call))
            #expect(answer["choices"]?[0]?["finish_reason"] == reason)
            let chunks = try await Self.chunks(body, Fixtures.scripted(call))
            #expect(chunks.last?["finish_reason"] == reason)
        }
    }

    @Test func `a beam search holds no call to a schema, and says so`() throws {
        for choice in ["required", "auto"] as [JSONValue] {
            let tool: JSONValue = [
                "type": "function", "function": ["name": "f", "strict": .bool(choice == "auto")],
            ]
            let error = #expect(throws: APIError.self) {
                try Fixtures.prepared(
                    Self.body([("tools", [tool]), ("tool_choice", choice), ("use_beam_search", true)]),
                    model: Fixtures.scripted(""))
            }
            #expect(error?.status == 400 && error?.parameter == "use_beam_search")
        }
    }

    @Test func `a beam search's answers are taken apart, too`() async throws {
        let call = #"<tool_call>{"name": "add", "arguments": {}}</tool_call>"#
        let body = Self.body([("tools", Self.tools), ("use_beam_search", true), ("max_tokens", 80)])
        let answer = try await Self.answer(body, Fixtures.scripted(call))
        #expect(answer["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]?["name"] == "add")
        #expect(answer["choices"]?[0]?["finish_reason"] == "tool_calls")
    }
}
