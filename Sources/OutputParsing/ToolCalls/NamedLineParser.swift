/// GLM 4's calls: a line with the tool's name, and its arguments as JSON on the next.
///
/// Without markup, only the name of a tool that is offered, alone on its line and followed by an object, is a call.
struct NamedLineParser: SteppingParser {
    private enum State {
        case lineStart, line
        case beforeArguments(name: String)
        case arguments(JSONScanner)
        case rest
    }

    private let names: [String]
    private let lines: [[UInt8]]
    private var state = State.lineStart
    var cursor = TextCursor()

    init(names: [String]) {
        self.names = names
        lines = names.map { Array($0.utf8) + [0x0A] }
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .lineStart:
            guard cursor.next != nil else { return false }
            let (match, line) = cursor.matchAny(lines)
            guard match != .unknown || isFinal else { return false }
            state = .line
            guard match == .yes else { return true }
            cursor.setMark()
            cursor.advance(lines[line].count)
            state = .beforeArguments(name: names[line])
            return true
        case .line:
            guard readContent(until: [[0x0A]], &sink, isFinal: isFinal) != nil else { return false }
            sink.content([0x0A])
            state = .lineStart
            return true
        case .beforeArguments(let name):
            let isOpen = !cursor.skipSpace()
            guard !isOpen || isFinal else { return false }
            guard cursor.next == UInt8(ascii: "{") else {
                sink.content(cursor.rewind(taking: name.utf8.count + 1))
                state = .lineStart
                return true
            }
            cursor.release()
            sink.beginCall(name.utf8)
            state = .arguments(JSONScanner())
            return true
        case .arguments(var scanner):
            let progress = readObject(&scanner, &sink, isFinal: isFinal)
            state = progress == .done ? .line : progress == .more ? .arguments(scanner) : .rest
            return progress != .more
        case .rest:
            _ = readArguments(until: [], &sink, isFinal: isFinal)
            return false
        }
    }
}
