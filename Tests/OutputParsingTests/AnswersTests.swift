import JSON
import OrderedCollections
import OutputParsing
import TestSupport
import Testing

/// Texts in the words of many families, and what vLLM's parsers, or the script that made them, say of each
/// (Golden/compare.py). Spaces at the ends of content do not count, nor does how arguments are spaced.
@Suite struct AnswersTests {
    struct Answer: Sendable, CustomStringConvertible {
        let transcript: Transcript
        let family: String
        let vLLM: String
        let reason: String?

        var description: String { transcript.description }

        init(_ entry: JSONValue, _ index: Int) throws {
            family = try #require(entry["family"]?.stringValue)
            vLLM = try #require(entry["vllm"]?.stringValue)
            reason = entry["why"]?.stringValue
            let text = try #require(entry["text"]?.stringValue)
            var transcript = Transcript(
                description: "\(family) \(index): \(text.debugDescription)", text: text)
            transcript.format = try entry["format"]?.stringValue.map {
                try #require(ToolCallFormat(rawValue: $0))
            }
            transcript.reasoning = try entry["reasoning"]?.stringValue.map {
                try #require(ReasoningFormat(rawValue: $0))
            }
            transcript.start =
                switch entry["start"]?.stringValue {
                case "inside": .inside
                case "over": .over
                default: .open
                }
            transcript.content = try #require(entry["content"]?.stringValue)
            transcript.thoughts = try #require(entry["thoughts"]?.stringValue)
            transcript.calls = try #require(entry["calls"]?.arrayValue).map {
                (try #require($0[0]?.stringValue), try #require($0[1]?.stringValue))
            }
            self.transcript = transcript
        }

        /// All of the file.
        static func all() throws -> [Answer] {
            let entries = try #require(try Golden.json("answers.json").arrayValue)
            return try entries.enumerated().map { try Answer($0.element, $0.offset) }
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// Arguments with their members in order, or the text where it is no JSON.
    private static func canonical(_ arguments: String) -> String {
        (try? JSONValue(parsing: arguments)).map { sorted($0).serialized() } ?? arguments
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(sorted))
        case .object(let members):
            var members = members.mapValues(sorted)
            members.sort { $0.key < $1.key }
            return .object(members)
        case .double(let number): return Int(exactly: number).map(JSONValue.int) ?? value
        default: return value
        }
    }

    @Test func `what vLLM's parsers read is what these read, but for known differences`() throws {
        let answers = try Answer.all()
        #expect(answers.count > 500)
        for answer in answers {
            let transcript = answer.transcript
            let output = transcript.output([transcript.text])
            let isSame =
                Self.trimmed(output.content) == transcript.content
                && Self.trimmed(output.reasoning) == transcript.thoughts
                && output.calls.map(\.name) == transcript.calls.map(\.0)
                && output.calls.map { Self.canonical($0.arguments) }
                    == transcript.calls.map { Self.canonical($0.1) }
            #expect(
                isSame,
                """
                \(transcript.description)
                  wanted: \(transcript.content.debugDescription) | \(transcript.thoughts.debugDescription) | \
                \(transcript.calls)
                  got: \(output.content.debugDescription) | \(output.reasoning.debugDescription) | \
                \(output.calls.map { ($0.name, $0.arguments) })
                """)
            transcript.expectSame([transcript.text], transcript.text.scalarPieces)
        }
    }
}
