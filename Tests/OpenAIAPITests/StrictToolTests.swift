import Grammars
import JSON
import OpenAIAPI
import OrderedCollections
import OutputParsing
import ServingFixtures
import TestSupport
import Testing
import Tokens

/// `strict` functions where the model decides whether to call.
struct StrictToolTests {
    private static let tools: JSONValue = [
        [
            "type": "function",
            "function": [
                "name": "weather", "strict": true,
                "parameters": [
                    "type": "object", "additionalProperties": false,
                    "properties": ["city": ["type": "string"], "unit": ["enum": ["c", "f"]]],
                    "required": ["city", "unit"],
                ],
            ],
        ],
        [
            "type": "function",
            "function": [
                "name": "v1.find",
                "parameters": [
                    "type": "object", "properties": ["text": ["type": "string", "minLength": 5]],
                    "required": ["text"], "uniqueItems": ["no schema"],
                ],
            ],
        ],
    ]
    private static let vocabulary = TokenVocabulary(count: 256) { [UInt8(truncatingIfNeeded: $0.index)] }

    private static func source(_ format: ToolCallFormat, parallel: Bool = true) throws -> GrammarSource? {
        let model = try Fixtures.scripted(
            "", template: Fixtures.toolTemplate, formats: AnswerFormats(toolCalls: .fixed(format)))
        return try Fixtures.prepared(
            [
                "messages": [["role": "user", "content": "a"]], "tools": tools,
                "parallel_tool_calls": .bool(parallel),
            ], model: model
        ).options.grammar
    }

    private static func parsed(_ text: String, _ format: ToolCallFormat) -> ParsedOutput {
        let descriptions = (tools.arrayValue ?? []).compactMap { tool -> ToolDescription? in
            guard let function = tool["function"], let name = function["name"]?.stringValue,
                let parameters = function["parameters"]
            else {
                return nil
            }
            return ToolDescription(name: name, parameters: parameters)
        }
        var parser = OutputParser(format: format, tools: descriptions)
        return parser.parse(text)
    }

    /// A call of a tool in each format.
    private static func call(
        _ format: ToolCallFormat, _ name: String, _ arguments: [(String, String)]
    ) -> String {
        let object = "{" + arguments.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", ") + "}"
        return switch format {
        case .hermes:
            "<tool_call>\n{\"name\": \"\(name)\", \"arguments\": \(object)}\n</tool_call>"
        case .qwenCoder:
            "<tool_call>\n<function=\(name)>\n"
                + arguments.map { "<parameter=\($0)>\n\($1)\n</parameter>\n" }.joined()
                + "</function>\n</tool_call>"
        case .seed:
            "<seed:tool_call>\n<function=\(name)>\n"
                + arguments.map { "<parameter=\($0)>\($1)</parameter>\n" }.joined()
                + "</function>\n</seed:tool_call>"
        case .miniMax:
            "<minimax:tool_call>\n<invoke name=\"\(name)\">\n"
                + arguments.map { "<parameter name=\"\($0)\">\($1)</parameter>\n" }.joined()
                + "</invoke>\n</minimax:tool_call>"
        case .lfm2: "<|tool_call_start|>\(call(.pythonic, name, arguments))<|tool_call_end|>"
        case .kimi:
            "<|tool_calls_section_begin|><|tool_call_begin|>functions.\(name):0<|tool_call_argument_begin|>"
                + "\(object)<|tool_call_end|><|tool_calls_section_end|>"
        case .phi: "<|tool_call|>[{\"name\": \"\(name)\", \"arguments\": \(object)}]<|/tool_call|>"
        case .harmony:
            "<|channel|>commentary to=functions.\(name) <|constrain|>json<|message|>\(object)"
        case .llama: "{\"name\": \"\(name)\", \"parameters\": \(object)}"
        case .mistral: "[TOOL_CALLS][{\"name\": \"\(name)\", \"arguments\": \(object)}]"
        case .pythonic: "[\(name)(" + arguments.map { "\($0)=\"\($1)\"" }.joined(separator: ", ") + ")]"
        case .deepSeek:
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>\(name)\n```json\n\(object)\n"
                + "```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
        case .glm:
            "<tool_call>\(name)\n"
                + arguments.map { "<arg_key>\($0)</arg_key>\n<arg_value>\($1)</arg_value>\n" }.joined()
                + "</tool_call>"
        case .namedLine: "\(name)\n\(object)"
        case .internLM:
            "<|action_start|><|plugin|>\n{\"name\": \"\(name)\", \"parameters\": \(object)}<|action_end|>"
        case .granite: "<|tool_call|>[{\"name\": \"\(name)\", \"arguments\": \(object)}]"
        case .reAct: "Thought: I look.\nAction: \(name)\nAction Input: \(object)"
        }
    }

    private static func accepts(_ grammar: Grammar, _ text: String) -> Bool {
        var matcher = GrammarMatcher(grammar)
        return matcher.accept(text.utf8) && matcher.isComplete()
    }

    /// Whether a call keeps to what is strict.
    private static func isKept(_ call: ToolCall) -> Bool {
        guard let arguments = (try? JSONValue(parsing: call.arguments))?.objectValue else { return false }
        guard call.name == "weather" else { return call.name == "v1.find" }
        return Array(arguments.keys) == ["city", "unit"] && arguments["city"]?.stringValue != nil
            && ["c", "f"].contains(arguments["unit"]?.stringValue)
    }

    @Test(arguments: ToolCallFormat.allCases)
    func `an answer is a text, or a call as the schema has it`(format: ToolCallFormat) throws {
        let grammar = try Grammar(#require(try Self.source(format)), vocabulary: Self.vocabulary)
        let good = Self.call(format, "weather", [("city", "Oslo"), ("unit", "c")])
        for text in [
            "", "It rains: 1 < 2, [a](b), {\"a\": 1}.", "<tool", " {\"city\": \"Oslo\"}", "weather",
            "née 雨 🌧",
            "{\"name\": \"Ada\", \"age\": 36}", "```json\n[1]\n```", good,
            Self.call(format, "v1.find", [("text", "x")]), Self.call(format, "v1.find", []),
        ] {
            #expect(Self.accepts(grammar, text), "\(text)")
        }
        for bad in [
            [("city", "Oslo"), ("unit", "k")], [("city", "Oslo")], [("unit", "c")], [],
            [("city", "Oslo"), ("unit", "c"), ("days", "3")],
        ] {
            let text = Self.call(format, "weather", bad)
            #expect(!Self.accepts(grammar, text), "\(text)")
        }
        #expect(!Self.accepts(grammar, Self.call(format, "other", [("city", "Oslo")])) || format.findsByName)
        let output = Self.parsed(good, format)
        #expect(output.calls.map(\.name) == ["weather"] && output.calls.allSatisfy(Self.isKept))
    }

    @Test func `text may come before a call, and calls are counted`() throws {
        let call = Self.call(.hermes, "weather", [("city", "Oslo"), ("unit", "c")])
        let many = try Grammar(#require(try Self.source(.hermes)), vocabulary: Self.vocabulary)
        #expect(Self.accepts(many, "Let me look.\n\(call)\n\(call)"))
        let one = try Grammar(
            #require(try Self.source(.hermes, parallel: false)), vocabulary: Self.vocabulary)
        #expect(Self.accepts(one, "Let me look.\n\(call)"))
        #expect(!Self.accepts(one, "Let me look.\n\(call)\n\(call)"))
    }

    @Test func `an object without tags is held to the schema where it would be a call`() throws {
        for (format, key) in [(ToolCallFormat.hermes, "arguments"), (.llama, "parameters")] {
            let grammar = try Grammar(#require(try Self.source(format)), vocabulary: Self.vocabulary)
            for text in [
                #"{"name":"weather","\#(key)":{"city": "Oslo", "unit": "f"}}"#,
                #" {"type": "function", "name": "weather", "\#(key)": {"city": "Oslo", "unit": "f"}}"#,
            ] {
                #expect(Self.accepts(grammar, text), "\(text)")
                #expect(Self.parsed(text, format).calls.map(\.name) == ["weather"], "\(text)")
                #expect(!Self.accepts(grammar, text.replacing("\"f\"", with: "1")))
            }
            let call = #"{"name": "weather", "\#(key)": {"city": "Oslo", "unit": "f"}}"#
            #expect(Self.accepts(grammar, call + (format == .hermes ? "\n" : "; ") + call))
            #expect(!Self.accepts(grammar, call + "\n```"))
            #expect(Self.accepts(grammar, "```json\n\(call)\n```"), "a call of Hermes's, a text of Llama's")
            #expect(!Self.accepts(grammar, #"{"name": "weather"}"#))
            #expect(!Self.accepts(grammar, #"{"name": "\u0077eather", "\#(key)": {}}"#))
        }
    }

    @Test func `markup that is a special token may be written by that token`() throws {
        let tokenizer = try Fixtures.tokenizer()
        for kept in [[], [TokenID(256)]] as [Set<TokenID>] {
            let grammar = try Grammar(
                .literal("<|end|>[1]"), vocabulary: TokenVocabulary(tokenizer, keeping: kept))
            var matcher = GrammarMatcher(grammar)
            #expect(matcher.accept(TokenID(256)) == !kept.isEmpty)
            #expect(matcher.accept("[1]".utf8) == !kept.isEmpty)
        }
    }

    /// What the grammar lets through, broken calls mended by it at random, holds no call that is not as asked for.
    @Test(arguments: ToolCallFormat.allCases)
    func `whatever is let through, its calls keep to the schema`(format: ToolCallFormat) throws {
        let grammar = try Grammar(#require(try Self.source(format)), vocabulary: Self.vocabulary)
        var random = RepeatableRandom(seed: 7)
        let words = [
            "{", "}", "\"name\"", "\"weather\"", ": ", ":", ", ", "[", "]", "(", ")", "\n", " ", "\"type\"",
            "weather",
            "<tool_call>", "</tool_call>", "<function=", "[TOOL_CALLS]", "```json", "\"arguments\"",
            "\"parameters\"",
            "\\", "Action: ", "\"c\"", "city=", "; ", "a", "<|python_tag|>", "<arg_key>", "\"function\"",
        ]
        var callCount = 0
        for _ in 0..<1500 {
            var pieces = Self.call(format, "weather", [("city", "Oslo"), ("unit", "c")]).map(String.init)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...pieces.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: pieces.insert(words.randomElement(using: &random) ?? "", at: place)
                case 1: pieces.removeSubrange(max(0, place - 4)..<place)
                default: pieces.insert(contentsOf: pieces[max(0, place - 9)..<place], at: place)
                }
            }
            let text = pieces.joined()
            guard Self.accepts(grammar, text) else { continue }
            let output = Self.parsed(text, format)
            callCount += output.calls.count
            #expect(output.calls.allSatisfy(Self.isKept), "\(text)")
        }
        #expect(callCount > 100)
    }
}

extension ToolCallFormat {
    /// Whether only the name of a tool tells a call from text.
    fileprivate var findsByName: Bool { [.llama, .pythonic, .namedLine].contains(self) }
}
