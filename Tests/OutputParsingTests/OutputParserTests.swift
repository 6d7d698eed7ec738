import Glibc
import JSON
import OutputParsing
import TestSupport
import Testing

@Suite struct OutputParserTests {
    @Test(arguments: Transcript.all)
    func `a text gives its calls, thoughts and content`(transcript: Transcript) {
        transcript.check([transcript.text], "whole")
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
            transcript.check([text(scalars[..<cut]), text(scalars[cut...])], "cut at \(cut)")
        }
        transcript.check(transcript.text.scalarPieces, "one by one")
        var random = RepeatableRandom(seed: 17)
        for round in 0..<20 {
            var pieces: [String] = []
            var start = 0
            while start < scalars.count {
                let end = min(scalars.count, start + Int.random(in: 1...9, using: &random))
                pieces.append(text(scalars[start..<end]))
                start = end
            }
            transcript.check(pieces, "round \(round)")
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
            transcript.expectSame([singles.joined()], singles)
        }
    }

    @Test func `arguments are streamed, not kept to the end`() {
        let text =
            #"<tool_call>{"name": "write_file", "arguments": {"text": "abcdefghijklmnop"}}</tool_call>"#
        let pieces = text.map(String.init)
        let transcript = Transcript(description: "", format: .hermes, text: text)
        let deltas = transcript.events(pieces).filter {
            if case .arguments = $0 { true } else { false }
        }
        #expect(deltas.count == #"{"text": "abcdefghijklmnop"}"#.count)
        let coder = "<function=write_file><parameter=text>abcdefghijklmnop</parameter></function>".map(
            String.init)
        let streamed = Transcript(description: "", format: .qwenCoder, text: "").events(coder)
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

    /// `NEEDLETAIL_WRITE_TRANSCRIPTS=FILE swift test --filter OutputParserTests` writes them for Golden/compare.py.
    @Test(.enabled(if: getenv("NEEDLETAIL_WRITE_TRANSCRIPTS") != nil))
    func `transcripts are written where the environment says`() throws {
        let path = try #require(getenv("NEEDLETAIL_WRITE_TRANSCRIPTS"))
        let file = try #require(fopen(path, "wb"))
        defer { fclose(file) }
        let transcripts = Transcript.all.map { transcript in
            [
                "format": transcript.format.map { .string($0.rawValue) } ?? nil,
                "reasoning": transcript.reasoning.map { .string($0.rawValue) } ?? nil,
                "start": .string("\(transcript.start)"), "text": .string(transcript.text),
                "content": .string(transcript.content), "thoughts": .string(transcript.thoughts),
                "calls": .array(transcript.calls.map { [.string($0.0), .string($0.1)] }),
            ] as JSONValue
        }
        let bytes = JSONValue.array(transcripts).serializedBytes()
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
}
