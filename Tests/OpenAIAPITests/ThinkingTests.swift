import JSON
import OpenAIAPI
import OrderedCollections
import OutputParsing
import ServingFixtures
import Testing

struct ThinkingTests {
    /// Begins the thoughts unless `enable_thinking` is false; the alphabet model then thinks the alphabet.
    private static let template = """
        {%- for message in messages -%}{{ message.role }}: {{ message.content }}
        {% endfor -%}
        {%- if add_generation_prompt -%}
        assistant:<think>{% if enable_thinking is defined and not enable_thinking %}</think>{% endif %}
        {%- endif -%}
        """

    private static func answer(_ members: String, script: String? = nil) async throws -> JSONValue {
        let model =
            try script.map { try Fixtures.scripted($0, template: Fixtures.toolTemplate + "{#</think>#}") }
            ?? Fixtures.model(template: template)
        let body = try JSONValue(parsing: #"{"messages": [{"role": "user", "content": "u"}]\#(members)}"#)
        let prepared = try Fixtures.prepared(body, model: model)
        let (choices, usage) = try await prepared.start().collect()
        return prepared.format.response(choices, usage)
    }

    @Test func `thoughts are told apart, and counted`() async throws {
        let answer = try await Self.answer("", script: "<think>\nabc\n</think>\n\nYes")
        let message = try #require(answer["choices"]?[0]?["message"])
        #expect(
            message == ["role": "assistant", "content": "Yes", "refusal": nil, "reasoning_content": "abc"])
        // Five characters between the tags, and seven of the closing tag before its last; a byte is a token here.
        #expect(answer["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 12)
        let hidden = try await Self.answer(#", "include_reasoning": false"#, script: "<think>abc</think>Yes")
        #expect(hidden["choices"]?[0]?["message"] == ["role": "assistant", "content": "Yes", "refusal": nil])
    }

    /// Of a model that forgets to end its thoughts before it calls a tool.
    @Test func `a call ends thoughts that were left open, and a marker that is none does not`() async throws {
        let call = #"<tool_call>{"name": "f", "arguments": {"a": 1}}</tool_call>"#
        let tools = #", "tools": [{"type": "function", "function": {"name": "f"}}]"#
        let answer = try await Self.answer(tools, script: "<think>a <tool_call>, b \(call)")
        let message = try #require(answer["choices"]?[0]?["message"])
        #expect(message["reasoning_content"] == "a <tool_call>, b ")
        #expect(message["tool_calls"]?[0]?["function"] == ["name": "f", "arguments": #"{"a": 1}"#])
        #expect(answer["choices"]?[0]?["finish_reason"] == "tool_calls")
        let other = try await Self.answer(
            tools, script: "<think>\(call.replacing("\"f\"", with: "\"g\""))</think>No.")
        #expect(other["choices"]?[0]?["message"]?["content"] == "No.")
        #expect(other["choices"]?[0]?["message"]?["tool_calls"] == nil)
    }

    @Test func `a stream shows thoughts as they come`() async throws {
        let model = try Fixtures.model(template: Self.template)
        let body = try JSONValue(
            parsing:
                #"{"messages": [{"role": "user", "content": "u"}], "thinking_budget": 4, "max_tokens": 30}"#)
        let prepared = try Fixtures.prepared(body, model: model)
        var chunks: [JSONValue] = []
        var begun: Set<Int> = []
        try await prepared.start().forEachDelta { delta in
            chunks += prepared.format.chunks(for: delta, isFirst: begun.insert(delta.index).inserted)
        }
        let thoughts = chunks.compactMap { $0["delta"]?["reasoning_content"]?.stringValue }.joined()
        let content = chunks.compactMap { $0["delta"]?["content"]?.stringValue }.joined()
        #expect(thoughts == "abcd")
        #expect(content == "abcdefghijklmno")
        #expect(chunks.last?["finish_reason"] == "length")
    }

    @Test func `a budget that is spent ends the thoughts, and the answer goes on`() async throws {
        let answer = try await Self.answer(#", "thinking_token_budget": 3"#)
        let message = try #require(answer["choices"]?[0]?["message"])
        #expect(message["reasoning_content"] == "abc")
        #expect(message["content"] == "abcdefghijklmnopqrstuvwxyz")
        #expect(answer["choices"]?[0]?["finish_reason"] == "stop")
        #expect(answer["usage"]?["completion_tokens_details"]?["reasoning_tokens"] == 3)
        // Three thoughts, the closing tag and its line breaks, 26 letters and the end.
        #expect(answer["usage"]?["completion_tokens"] == 41)
    }

    @Test func `a budget of nothing leaves no thoughts, and one that is never spent changes nothing`()
        async throws
    {
        let none = try await Self.answer(#", "max_thinking_tokens": 0"#)
        #expect(none["choices"]?[0]?["message"]?["reasoning_content"] == nil)
        #expect(none["choices"]?[0]?["message"]?["content"] == "abcdefghijklmnopqrstuvwxyz")
        let ample = try await Self.answer(#", "thinking_budget": 500"#)
        #expect(ample["choices"]?[0]?["message"]?["reasoning_content"] == "abcdefghijklmnopqrstuvwxyz")
        let short = try await Self.answer(#", "thinking_budget": 3, "max_tokens": 8"#)
        #expect(short["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test func `thinking turns thoughts on and off, and limits them where there are any`() async throws {
        let off = try await Self.answer(#", "thinking": {"type": "disabled"}"#)
        #expect(off["choices"]?[0]?["message"]?["reasoning_content"] == nil)
        let budget = #", "thinking": {"type": "enabled", "budget_tokens": 3}"#
        let three = try await Self.answer(budget)
        #expect(three["choices"]?[0]?["message"]?["reasoning_content"] == "abc")
        // A model without thoughts takes it all the same: clients send it to every model.
        let plain = try JSONValue(parsing: #"{"messages": [{"role": "user", "content": "u"}]\#(budget)}"#)
        let prepared = try Fixtures.prepared(plain, model: Fixtures.model())
        #expect(try await prepared.start().collect().choices[0].text == "abcdefghijklmnopqrstuvwxyz")
        for wrong in [#"{"type": "often"}"#, #"{"type": "enabled", "budget_tokens": -1}"#] {
            await #expect(throws: APIError.self) { try await Self.answer(#", "thinking": \#(wrong)"#) }
        }
    }

    @Test func `enable_thinking goes to the template, whichever way it comes`() async throws {
        for members in [
            #", "chat_template_kwargs": {"enable_thinking": false}"#, #", "enable_thinking": false"#,
            #", "reasoning_effort": "none""#,
        ] {
            let answer = try await Self.answer(members)
            #expect(answer["choices"]?[0]?["message"]?["reasoning_content"] == nil)
            #expect(answer["choices"]?[0]?["message"]?["content"] == "abcdefghijklmnopqrstuvwxyz")
        }
    }

    @Test func `an effort that the template cannot be told of is counted among the unknown`() throws {
        let body = try JSONValue(
            parsing: #"{"messages": [{"role": "user", "content": "u"}], "reasoning_effort": "high"}"#)
        let plain = try ChatCompletionRequest(
            parsing: body, catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
        #expect(plain.unknownParameters == ["reasoning_effort"])
        let thinking = try ChatCompletionRequest(
            parsing: body, catalog: ModelCatalog([Fixtures.model(template: Self.template)]),
            limits: APILimits())
        #expect(thinking.unknownParameters.isEmpty)
        #expect(thinking.prompt.variables["enable_thinking"] == true)
    }

    @Test func `a parser that is named counts, whatever the template shows`() async throws {
        let formats = AnswerFormats(reasoning: .fixed(.think), assumesReasoning: true)
        let model = try Fixtures.scripted("Hm.</think>Yes", formats: formats)
        let prepared = try Fixtures.prepared(
            ["messages": [["role": "user", "content": "u"]]], model: model)
        let (choices, _) = try await prepared.start().collect()
        #expect(choices[0].output?.reasoning == "Hm." && choices[0].output?.content == "Yes")
        let off = try Fixtures.scripted(
            "<think>Hm.</think>Yes", template: Fixtures.toolTemplate + "{#</think>#}",
            formats: AnswerFormats(reasoning: .none))
        let raw = try await Fixtures.prepared(
            ["messages": [["role": "user", "content": "u"]]], model: off
        ).start().collect().choices
        #expect(raw[0].text == "<think>Hm.</think>Yes" && raw[0].output == nil)
    }
}
