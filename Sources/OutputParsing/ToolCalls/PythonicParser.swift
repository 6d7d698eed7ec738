import JSON

/// Calls as Python writes them: `[f(a=1, b="x"), g()]`, as the whole answer or between tags, as Llama 3.2, Llama 4 and LFM2
/// do.
///
/// Nothing is evaluated: values are literals, and what is none is text. Without tags only a list that begins with a tool that
/// is offered is one of calls.
struct PythonicParser: RetreatingParser {
    private enum State {
        case start, content
        /// Behind the opening tag.
        case list
        case name, parenthesis
        case argumentStart, argument
        case between
    }

    /// An argument as it is read up to the comma or parenthesis behind it.
    private struct Argument: Sendable {
        private enum Quotes {
            case none
            /// Behind one quote or two, which may be an empty string or begin a longer one.
            case opened(Int)
            /// Within a string, behind so many of the quotes that end it.
            case within(length: Int, closing: Int)
        }

        var text: [UInt8] = []
        private var depth = 0
        private var quote: UInt8 = 0
        private var quotes = Quotes.none
        private var isEscaped = false

        /// - Returns: false where the argument ends before this byte.
        mutating func read(_ byte: UInt8) -> Bool {
            switch quotes {
            case .none: if !readOutside(byte) { return false }
            case .opened(1): quotes = byte == quote ? .opened(2) : within(byte, length: 1)
            case .opened:
                // Two quotes are a whole string, three begin one.
                quotes = byte == quote ? .within(length: 3, closing: 0) : .none
                if case .none = quotes, !readOutside(byte) { return false }
            case .within(let length, let closing):
                if !isEscaped, byte == quote {
                    quotes = closing + 1 == length ? .none : .within(length: length, closing: closing + 1)
                } else {
                    quotes = within(byte, length: length)
                }
            }
            text.append(byte)
            return true
        }

        private mutating func within(_ byte: UInt8, length: Int) -> Quotes {
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            return .within(length: length, closing: 0)
        }

        private mutating func readOutside(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                quote = byte
                quotes = .opened(1)
                isEscaped = false
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: ","):
                if depth == 0 { return false }
                if byte == UInt8(ascii: ")") { depth -= 1 }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            default: break
            }
            return true
        }
    }

    private let opening: [UInt8]
    private let closing: [UInt8]
    private let tools: [ToolDescription]
    private var tool = ToolDescription(name: "", parameters: nil)
    private var name: [UInt8] = []
    private var argument = Argument()
    private var argumentCount = 0
    private var writer = ArgumentsWriter()
    private var isTagged = false
    private var hasCalls = false
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var state: State
    var cursor = TextCursor()

    /// - Parameter takesBare: whether an answer may be a list without tags.
    init(opening: String, closing: String, takesBare: Bool, _ tools: [ToolDescription]) {
        self.opening = Array(opening.utf8)
        self.closing = Array(closing.utf8)
        self.tools = tools
        state = takesBare ? .start : .content
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start: return start(&sink, isFinal: isFinal)
        case .content:
            let marker = readContent(until: [opening, closing], &sink, isFinal: isFinal)
            if marker == 0 {
                isTagged = true
                takenBack = opening.count
                cursor.setMark(back: takenBack)
                state = .list
            }
            return marker != nil
        case .list:
            let match = pass([UInt8]("["))
            guard match == .yes else { return giveUp(&sink, match, isFinal: isFinal) }
            state = .name
            return true
        case .name:
            guard cursor.skipSpace() else { return isFinal && giveUp(&sink, isCut: true) }
            switch cursor.takeWord(while: \.isNameByte) {
            case .found(let word): name = Array(word)
            case .open: return isFinal && giveUp(&sink, isCut: true)
            case .tooLong: return giveUp(&sink)
            }
            state = .parenthesis
            return true
        case .parenthesis: return beginCall(&sink, isFinal: isFinal)
        case .argumentStart: return startArgument(&sink, isFinal: isFinal)
        case .argument: return readArgument(&sink, isFinal: isFinal)
        case .between: return readBetween()
        }
    }

    private mutating func start(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard passSpace(&sink), let byte = cursor.next else { return false }
        guard byte == UInt8(ascii: "[") else {
            state = .content
            return true
        }
        takenBack = 0
        cursor.setMark()
        cursor.advance()
        state = .name
        return true
    }

    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool {
        // A list without tags is text until its first call begins.
        giveBack(takenBack, &sink, isCut: isCut && (isTagged || hasCalls))
        state = .content
        return true
    }

    private mutating func beginCall(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace() || isFinal else { return false }
        let known = tools.first { $0.name == name.text }
        guard cursor.next == UInt8(ascii: "("), !name.isEmpty, isTagged || known != nil else {
            return giveUp(&sink, isCut: cursor.next == nil)
        }
        cursor.advance()
        cursor.release()
        tool = known ?? ToolDescription(name: name.text, parameters: nil)
        argumentCount = 0
        writer = ArgumentsWriter()
        sink.beginCall(name)
        hasCalls = true
        state = .argumentStart
        return true
    }

    private mutating func endCall(_ sink: inout OutputSink) {
        writer.end(&sink)
        sink.endCall()
    }

    private mutating func startArgument(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else {
            if isFinal { sink.endCall() }
            return false
        }
        switch byte {
        case UInt8(ascii: ")"):
            cursor.advance()
            endCall(&sink)
            state = .between
        case UInt8(ascii: ","): cursor.advance()
        default:
            argument = Argument()
            state = .argument
        }
        return true
    }

    private mutating func readArgument(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        while let byte = cursor.next {
            guard argument.read(byte) else {
                write(argument.text, &sink, isWhole: true)
                state = .argumentStart
                return true
            }
            cursor.advance()
        }
        if isFinal {
            write(argument.text, &sink, isWhole: false)
            sink.endCall()
            state = .content
        }
        return isFinal
    }

    /// Writes `name=value`, or a value that goes by its place.
    private mutating func write(_ text: [UInt8], _ sink: inout OutputSink, isWhole: Bool) {
        var value = text[...].trimmed
        var name: String?
        if let sign = value.firstIndex(where: { !$0.isNameByte && !$0.isSpace }),
            value[sign] == UInt8(ascii: "="), sign > value.startIndex
        {
            name = value[..<sign].trimmed.text
            value = value[(sign + 1)...].trimmed
        }
        let names = tool.parameterNames
        let place = argumentCount
        argumentCount += 1
        let key = name ?? (names.indices.contains(place) ? names[place] : "argument\(place)")
        guard isWhole else {
            // A string that is cut off is one in JSON, too.
            let begun = PythonLiteral.string(begunBy: Array(value)).map {
                String(JSONValue.string($0).serialized(.python).dropLast())
            }
            return writer.member(key, json: begun ?? value.text, &sink)
        }
        let literal = PythonLiteral.value(of: Array(value)) ?? .string(value.text)
        writer.member(key, json: literal.serialized(.python), &sink)
    }

    private mutating func readBetween() -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return false }
        takenBack = 0
        switch byte {
        case UInt8(ascii: ","):
            cursor.setMark()
            cursor.advance()
            state = .name
        case UInt8(ascii: "]"):
            cursor.advance()
            state = .content
        default: state = .content
        }
        return true
    }
}
