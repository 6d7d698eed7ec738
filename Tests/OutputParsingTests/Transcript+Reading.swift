import JSON
import OutputParsing
import Testing

extension Transcript {
    /// A parser that has read nothing.
    var parser: OutputParser {
        OutputParser(format: format, tools: Self.tools, reasoning: reasoning, start: start)
    }

    /// The events of a text that comes in these pieces; they must be well formed.
    func events(_ pieces: [String]) -> [OutputEvent] {
        var parser = parser
        var events: [OutputEvent] = []
        for piece in pieces { events += parser.append(piece) }
        events += parser.finish()
        var begun = -1
        var isOpen = false
        for event in events {
            switch event {
            case .content(let text), .reasoning(let text):
                #expect(!text.isEmpty && !isOpen, "\(description)")
                for markup in markup { #expect(!text.contains(markup), "\(description)") }
            case .callBegan(let index, let id, _):
                #expect(index == begun + 1 && !isOpen, "\(description)")
                // Kimi K2's templates want the ids that the model gave.
                #expect(format == .kimi || id.utf8.count == (format == .mistral ? 9 : 29))
                begun = index
                isOpen = true
            case .arguments(let index, let text):
                #expect(index == begun && isOpen && !text.isEmpty, "\(description)")
            case .callEnded(let index):
                #expect(index == begun && isOpen, "\(description)")
                isOpen = false
            }
        }
        #expect(!isOpen, "\(description)")
        return events
    }

    /// What comes of a text in these pieces.
    func output(_ pieces: [String]) -> ParsedOutput {
        var output = ParsedOutput()
        output.append(events(pieces))
        return output
    }

    /// Expects what the transcript says.
    func check(_ pieces: [String], _ how: String) {
        let output = output(pieces)
        #expect(output.content == content, "\(description): \(how)")
        #expect(output.reasoning == thoughts, "\(description): \(how)")
        #expect(output.calls.map(\.name) == calls.map(\.0), "\(description): \(how)")
        #expect(output.calls.map(\.arguments) == calls.map(\.1), "\(description): \(how)")
    }

    /// Expects the same of two ways to cut a text.
    func expectSame(_ pieces: [String], _ others: [String]) {
        let (one, other) = (output(pieces), output(others))
        let isSame =
            one.content == other.content && one.reasoning == other.reasoning
            && one.calls.map(\.name) == other.calls.map(\.name)
            && one.calls.map(\.arguments) == other.calls.map(\.arguments)
        #expect(isSame, "\(description): \(pieces.joined().debugDescription): \(one), \(other)")
    }
}

extension String {
    /// Each of the text's scalars as a text of its own.
    var scalarPieces: [String] { unicodeScalars.map { String(Character($0)) } }
}
