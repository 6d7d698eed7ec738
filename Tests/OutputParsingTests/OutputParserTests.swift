import JSON
import OutputParsing
import TestSupport
import Testing

@Suite struct OutputParserTests {
    private static func parser(_ transcript: Transcript) -> OutputParser {
        OutputParser(
            format: transcript.format, tools: Transcript.tools, reasoning: transcript.reasoning,
            start: transcript.start)
    }

    private static func check(_ output: ParsedOutput, _ transcript: Transcript, _ how: String) {
        #expect(output.content == transcript.content, "\(how)")
        #expect(output.reasoning == transcript.thoughts, "\(how)")
        #expect(output.calls.map(\.name) == transcript.calls.map(\.0), "\(how)")
        #expect(output.calls.map(\.arguments) == transcript.calls.map(\.1), "\(how)")
    }

    /// The events of a text that comes in these pieces; they must be well formed.
    private static func events(_ pieces: [String], _ transcript: Transcript) -> [OutputEvent] {
        var parser = parser(transcript)
        var events: [OutputEvent] = []
        for piece in pieces { events += parser.append(piece) }
        events += parser.finish()
        var begun = -1
        var isOpen = false
        for event in events {
            switch event {
            case .content(let text), .reasoning(let text):
                #expect(!text.isEmpty && !isOpen)
                for markup in transcript.markup { #expect(!text.contains(markup)) }
            case .callBegan(let index, let id, _):
                #expect(index == begun + 1 && !isOpen)
                #expect(id.utf8.count == (transcript.format == .mistral ? 9 : 29))
                begun = index
                isOpen = true
            case .arguments(let index, let text): #expect(index == begun && isOpen && !text.isEmpty)
            case .callEnded(let index):
                #expect(index == begun && isOpen)
                isOpen = false
            }
        }
        #expect(!isOpen)
        return events
    }

    private static func output(_ pieces: [String], _ transcript: Transcript) -> ParsedOutput {
        var output = ParsedOutput()
        output.append(events(pieces, transcript))
        return output
    }

    @Test(arguments: Transcript.all)
    func `a text gives its calls, thoughts and content`(transcript: Transcript) {
        Self.check(Self.output([transcript.text], transcript), transcript, "whole")
    }

    @Test(arguments: Transcript.all)
    func `a text cut in two anywhere, or everywhere, gives the same`(transcript: Transcript) {
        let scalars = Array(transcript.text.unicodeScalars)
        func text(_ part: ArraySlice<Unicode.Scalar>) -> String {
            var text = String.UnicodeScalarView()
            text.append(contentsOf: part)
            return String(text)
        }
        for cut in 0...scalars.count {
            let pieces = [text(scalars[..<cut]), text(scalars[cut...])]
            Self.check(Self.output(pieces, transcript), transcript, "cut at \(cut)")
        }
        let singles = scalars.indices.map { text(scalars[$0...$0]) }
        Self.check(Self.output(singles, transcript), transcript, "one by one")
        var random = RepeatableRandom(seed: 17)
        for round in 0..<20 {
            var pieces: [String] = []
            var start = 0
            while start < scalars.count {
                let end = min(scalars.count, start + Int.random(in: 1...9, using: &random))
                pieces.append(text(scalars[start..<end]))
                start = end
            }
            Self.check(Self.output(pieces, transcript), transcript, "round \(round)")
        }
    }

    /// A model may stop at any token: what is there comes out, and nothing traps.
    @Test(arguments: Transcript.all)
    func `a text that ends anywhere gives the same whole and one by one`(transcript: Transcript) {
        let scalars = Array(transcript.text.unicodeScalars)
        // Markup that is not complete is text.
        var transcript = transcript
        transcript.markup = []
        for count in 0...scalars.count {
            let singles = scalars[..<count].map { String(Character($0)) }
            let whole = Self.output([singles.joined()], transcript)
            let streamed = Self.output(singles, transcript)
            #expect(whole.content == streamed.content)
            #expect(whole.reasoning == streamed.reasoning)
            #expect(whole.calls.map(\.arguments) == streamed.calls.map(\.arguments))
            #expect(whole.calls.map(\.name) == streamed.calls.map(\.name))
        }
    }

    @Test func `nothing that a model writes traps, and every format gives the same however it is cut`() {
        let pieces = Transcript.all.map(\.text).joined().split(separator: " ").map(String.init)
        let marks = [
            "{", "}", "[", "]", "\"", ":", ",", "\n", "<", ">", "\\", "1", "é", "\u{0}", "(", ")", "'", "=",
        ]
        var random = RepeatableRandom(seed: 99)
        for format in ToolCallFormat.allCases {
            for round in 0..<300 {
                let parts = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                    (Bool.random(using: &random) ? pieces : marks).randomElement(using: &random) ?? ""
                }
                let transcript = Transcript(
                    description: "", format: format, reasoning: round % 3 == 0 ? .think : nil, text: "")
                let whole = Self.output([parts.joined()], transcript)
                let streamed = Self.output(
                    parts.joined().unicodeScalars.map { String(Character($0)) }, transcript)
                #expect(whole.content == streamed.content, "\(format): \(parts.joined())")
                #expect(whole.calls.map(\.arguments) == streamed.calls.map(\.arguments), "\(parts.joined())")
            }
        }
    }

    @Test func `arguments are streamed, not kept to the end`() {
        let text =
            #"<tool_call>{"name": "write_file", "arguments": {"text": "abcdefghijklmnop"}}</tool_call>"#
        let pieces = text.map(String.init)
        let transcript = Transcript(description: "", format: .hermes, text: text)
        let deltas = Self.events(pieces, transcript).filter {
            if case .arguments = $0 { true } else { false }
        }
        #expect(deltas.count == #"{"text": "abcdefghijklmnop"}"#.count)
        let coder = "<function=write_file><parameter=text>abcdefghijklmnop</parameter></function>".map(
            String.init)
        let streamed = Self.events(coder, Transcript(description: "", format: .qwenCoder, text: ""))
        #expect(streamed.count > 16)
    }

    @Test func `where one call is enough the answer is complete with it`() {
        var parser = OutputParser(format: .hermes, tools: Transcript.tools, callsMax: 1)
        let call = #"<tool_call>{"name": "now", "arguments": {}}</tool_call>"#
        #expect(!parser.isComplete)
        _ = parser.append(String(call.dropLast(14)))
        #expect(!parser.isComplete)
        _ = parser.append(String(call.suffix(14)))
        #expect(parser.isComplete)
        #expect(parser.append(call + "text").isEmpty)
        #expect(parser.finish().isEmpty)
    }

    @Test func `ids are never the same`() {
        var ids: Set<String> = []
        for _ in 0..<200 {
            var parser = OutputParser(format: .mistral, tools: Transcript.tools)
            for call in parser.parse("[TOOL_CALLS]now[ARGS]{}[TOOL_CALLS]now[ARGS]{}").calls {
                #expect(call.id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
                ids.insert(call.id)
            }
        }
        #expect(ids.count == 400)
    }

    @Test func `thoughts are known as such while they last`() {
        var parser = OutputParser(reasoning: .think)
        var states: [Bool] = []
        for piece in ["<think>", "a", "b", "</think>", "c"] {
            _ = parser.append(piece)
            states.append(parser.isReasoning)
        }
        #expect(states == [true, true, true, false, false])
        #expect(OutputParser(reasoning: .think, start: .inside).isReasoning)
    }
}
