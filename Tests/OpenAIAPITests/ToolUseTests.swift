import JSON
import OpenAIAPI
import OutputParsing
import ServingFixtures
import Testing

struct ToolUseTests {
    private static func use(_ members: String) throws -> ToolUse? {
        try ChatCompletionRequest(
            parsing: JSONValue(parsing: #"{"messages": [{"role": "user", "content": "a"}], \#(members)}"#),
            catalog: ModelCatalog([Fixtures.scripted("")]), limits: APILimits()
        ).tools
    }

    private static let two =
        #""tools": [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "g"}}]"#

    @Test func `tools are for the model to choose from, unless the request says`() throws {
        let auto = try #require(try Self.use(Self.two))
        #expect(auto.choice == .auto && auto.tools.map(\.name) == ["f", "g"])
        #expect(auto.callsMax == APILimits().toolCallsMax && !auto.isLegacy)
        #expect(try Self.use(Self.two + #", "tool_choice": "none""#) == nil)
        #expect(try Self.use(Self.two + #", "tool_choice": "required""#)?.choice == .required)
        let named = try Self.use(
            Self.two
                + #", "tool_choice": {"type": "function", "function": {"name": "g"}}, "parallel_tool_calls": false"#
        )
        #expect(named?.choice == .named("g") && named?.callsMax == 1)
        #expect(named?.callable.map(\.name) == ["g"] && named?.tools.count == 2)
        let allowed = try Self.use(
            Self.two
                + #", "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "f"}}]}}"#
        )
        #expect(allowed?.choice == .required && allowed?.tools.map(\.name) == ["f"])
    }

    @Test func `the old functions are tools of which one may be called`() throws {
        let functions = #""functions": [{"name": "f", "parameters": {"type": "object"}}]"#
        let use = try #require(try Self.use(functions))
        #expect(use.isLegacy && use.callsMax == 1 && use.choice == .auto)
        #expect(try Self.use(functions + #", "function_call": {"name": "f"}"#)?.choice == .named("f"))
        #expect(try Self.use(functions + #", "function_call": "none""#) == nil)
    }

    @Test(arguments: [
        (#""tools": {}"#, "tools", "an array"), (#""tools": [1]"#, "tools[0]", "an object"),
        (#""tools": [{"type": "custom", "custom": {}}]"#, "tools[0].type", "not `custom`"),
        (#""tools": [{"function": {"name": "f"}}]"#, "tools[0].type", "\"function\""),
        (#""tools": [{"type": "function"}]"#, "tools[0].function", "required"),
        (#""tools": [{"type": "function", "function": {}}]"#, "tools[0].function.name", "a string"),
        (
            #""tools": [{"type": "function", "function": {"name": "a b"}}]"#, "tools[0].function.name",
            "not `a b`"
        ),
        (#""tools": [{"type": "function", "function": {"name": ""}}]"#, "tools[0].function.name", "1 to 64"),
        (
            #""tools": [{"type": "function", "function": {"name": "f", "parameters": []}}]"#,
            "tools[0].function.parameters", "an object"
        ),
        (
            #""tools": [{"type": "function", "function": {"name": "f", "strict": "yes"}}]"#,
            "tools[0].function.strict", "a boolean"
        ),
        (
            #""tools": [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}]"#,
            "tools", "twice"
        ),
        (two + #", "tool_choice": "maybe""#, "tool_choice", "not `\"maybe\"`"),
        (two + #", "tool_choice": {"type": "function"}"#, "tool_choice", "must name a function"),
        (
            two + #", "tool_choice": {"type": "function", "function": {"name": "h"}}"#, "tool_choice",
            "`f`, `g`"
        ),
        (two + #", "functions": [{"name": "h"}]"#, "functions", "exclude"),
        (
            two
                + #", "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}"#,
            "tool_choice.allowed_tools.tools", "at least one"
        ), (#""tool_choice": "required""#, "tool_choice", "only where tools are given"),
        (#""function_call": "auto""#, "function_call", "only where tools are given"),
    ])
    func `what is no tool, and no choice among them, is refused by its place`(
        members: String, place: String, message: String
    ) throws {
        let error = try #require(throws: APIError.self) { try Self.use(members) }
        #expect(error.status == 400)
        #expect(error.parameter == place)
        #expect(error.message.contains(message), "\(error.message)")
    }

    @Test func `tools have limits of number and size`() throws {
        let tool = #"{"type": "function", "function": {"name": "f0"}}"#
        let many = (0..<129).map { tool.replacing("f0", with: "f\($0)") }.joined(separator: ",")
        let tooMany = try #require(throws: APIError.self) { try Self.use(#""tools": [\#(many)]"#) }
        #expect(tooMany.message == "tools may have at most 128 entries, not 129")
        let text = String(repeating: "x", count: 128 << 10)
        let tooLong = try #require(throws: APIError.self) {
            try Self.use(#""functions": [{"name": "f", "description": "\#(text)"}]"#)
        }
        #expect(tooLong.message.contains("at most 131072 bytes"))
    }

    @Test func `a model that cannot be told of tools says so, and what to do`() throws {
        let tools: JSONValue = [["type": "function", "function": ["name": "f"]]]
        let body: JSONValue = ["messages": [["role": "user", "content": "a"]], "tools": tools]
        func error(_ model: ServedModel) throws -> APIError {
            try #require(throws: APIError.self) {
                try ChatCompletionRequest(parsing: body, catalog: ModelCatalog([model]), limits: APILimits())
            }
        }
        let none = try error(Fixtures.model())
        #expect(none.status == 400 && none.code == "unsupported_parameter" && none.parameter == "tools")
        #expect(none.message.contains("`alphabet`") && none.message.contains("--tool-call-parser qwen_react"))
        let unknown = try error(Fixtures.model(template: "{{ tools }}{{ messages }}"))
        #expect(unknown.message.contains("one of hermes, "))
        let off = try error(Fixtures.scripted("", formats: AnswerFormats(toolCalls: .none)))
        #expect(off.message.contains("--tool-call-parser none"))
        let fixed = try Fixtures.model(
            template: "{{ tools }}{{ messages }}", formats: AnswerFormats(toolCalls: .fixed(.mistral)))
        _ = try ChatCompletionRequest(parsing: body, catalog: ModelCatalog([fixed]), limits: APILimits())
    }
}
