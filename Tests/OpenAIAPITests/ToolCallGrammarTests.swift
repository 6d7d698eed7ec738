import Grammars
import JSON
import OpenAIAPI
import OrderedCollections
import OutputParsing
import ServingFixtures
import Testing

struct ToolCallGrammarTests {
    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "city": ["type": "string"], "unit": ["enum": ["c", "f"]], "days": ["$ref": "#/$defs/days"],
        ],
        "required": ["city"], "$defs": ["days": ["type": "integer"]],
    ]
    private static let tools: JSONValue = [
        ["type": "function", "function": ["name": "weather", "parameters": schema]],
        ["type": "function", "function": ["name": "now"]],
    ]

    private static func grammar(
        _ choice: JSONValue, _ format: ToolCallFormat = .hermes, parallel: Bool = true,
        template: String = Fixtures.toolTemplate
    ) throws -> GrammarSource? {
        let model = try Fixtures.scripted(
            "", template: template, formats: AnswerFormats(toolCalls: .fixed(format)))
        return try Fixtures.prepared(
            [
                "messages": [["role": "user", "content": "a"]], "tools": tools, "tool_choice": choice,
                "parallel_tool_calls": .bool(parallel),
            ], model: model
        ).options.grammar
    }

    private static let named: JSONValue = ["type": "function", "function": ["name": "weather"]]

    /// A text that the grammar allows, with these in the place of free parts.
    private static func example(_ grammar: GrammarSource, json: String, text: String) -> String {
        switch grammar {
        case .literal(let literal): literal
        case .jsonSchema: json
        case .textThrough(let end): text + end
        case .choice(let texts): texts.first ?? ""
        case .regex: ""
        case .sequence(let parts): parts.map { example($0, json: json, text: text) }.joined()
        case .anyOf(let parts): parts.first.map { example($0, json: json, text: text) } ?? ""
        case .repeated(let part, let separator, let counts):
            Array(
                repeating: example(part, json: json, text: text), count: min(2, counts.upperBound)
            ).joined(separator: separator)
        case .jsonObject, .grammar, .textWithout: "?"
        }
    }

    @Test func `a model that decides is free, and one that must call is not`() throws {
        #expect(try Self.grammar("auto") == nil)
        #expect(try Self.grammar("none") == nil)
        let call: [GrammarSource] = [
            .literal("<tool_call>\n"), .literal(#"{"name": "weather", "arguments": "#),
            .jsonSchema(Self.schema),
            .literal("}"), .literal("\n</tool_call>"),
        ]
        #expect(
            try Self.grammar(Self.named)
                == .repeated(.anyOf([.sequence(call)]), separator: "\n", counts: 1...1))
        guard case .repeated(.anyOf(let tools), "\n", let counts) = try Self.grammar("required") else {
            Issue.record("no repetition")
            return
        }
        #expect(tools.count == 2 && counts == 1...64)
        guard case .repeated(_, _, 1...1) = try Self.grammar("required", parallel: false) else {
            Issue.record("more than one call")
            return
        }
    }

    /// What the grammar allows, the parser of the format reads.
    @Test(arguments: ToolCallFormat.allCases)
    func `a call that the grammar allows is one that the parser finds`(format: ToolCallFormat) throws {
        for choice in [Self.named, "required"] {
            let grammar = try #require(try Self.grammar(choice, format))
            let hasObjects = ![.qwenCoder, .seed, .miniMax, .glm, .pythonic, .lfm2].contains(format)
            let text = Self.example(
                grammar, json: hasObjects ? #"{"city": "Oslo", "unit": "c", "days": 3}"# : "3", text: " Oslo")
            var parser = OutputParser(
                format: format,
                tools: [
                    ToolDescription(name: "weather", parameters: Self.schema),
                    ToolDescription(name: "now", parameters: [:]),
                ])
            let output = parser.parse(text)
            #expect(output.content.isEmpty, "\(text)")
            #expect(output.calls.first?.name == "weather", "\(text)")
            let single: [ToolCallFormat] = [.namedLine, .internLM, .reAct, .harmony]
            #expect(
                output.calls.count == (choice == "required" && !single.contains(format) ? 2 : 1), "\(text)")
            let arguments = try JSONValue(parsing: output.calls.first?.arguments ?? "")
            #expect(arguments.objectValue?.keys.contains("city") == true, "\(text)")
        }
    }

    @Test func `thoughts come before a call that must be`() throws {
        let template =
            Fixtures.toolTemplate.replacing("assistant:", with: "assistant:<think>") + "{#</think>#}"
        let begun = try Self.grammar(Self.named, template: template.replacing("\u{1}", with: ""))
        guard case .sequence(let parts) = begun else {
            Issue.record("no sequence")
            return
        }
        #expect(parts.first == .textThrough("</think>"))
        let open = try Self.grammar(Self.named, template: Fixtures.toolTemplate + "{#</think>#}")
        guard case .sequence(let openParts) = open, case .anyOf(let ways) = openParts.first else {
            Issue.record("no choice")
            return
        }
        #expect(ways.first == .literal("") && ways.count == 2)
    }
}
