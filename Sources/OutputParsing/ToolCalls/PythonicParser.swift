import JSON

/// Calls as Python writes them, as the whole answer: `[f(a=1, b="x"), g()]`, as Llama 3.2 and 4 do.
///
/// Nothing is evaluated: values are literals, and what is none is text. Only a list that begins with a tool that is
/// offered is one of calls.
struct PythonicParser: SteppingParser {
    private enum State {
        case start, content
        case callStart(isFirst: Bool)
        case parenthesis(name: [UInt8], isFirst: Bool)
        case argumentStart
        case argument(Argument)
        case between
    }

    /// An argument as it is read up to the comma or parenthesis behind it.
    private struct Argument: Sendable {
        var text: [UInt8] = []
        var depth = 0
        var quote: UInt8?
        var isEscaped = false

        /// - Returns: false where the argument ends before this byte.
        mutating func read(_ byte: UInt8) -> Bool {
            if let quote {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == quote {
                    self.quote = nil
                }
            } else {
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
                case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: ")"), UInt8(ascii: ","):
                    if depth == 0 { return false }
                    if byte == UInt8(ascii: ")") { depth -= 1 }
                case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
                default: break
                }
            }
            text.append(byte)
            return true
        }
    }

    static let opening = [UInt8]("<|python_start|>")
    static let closing = [UInt8]("<|python_end|>")

    private let tools: [ToolDescription]
    private var tool = ToolDescription(name: "", parameters: nil)
    private var argumentCount = 0
    private var writer = ArgumentsWriter()
    private var state = State.start
    var cursor = TextCursor()

    init(_ tools: [ToolDescription]) {
        self.tools = tools
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start: return start(isFinal: isFinal)
        case .content:
            return readContent(until: [Self.closing], &sink, isFinal: isFinal) != nil
        case .callStart(let isFirst):
            guard cursor.skipSpace(), let name = cursor.take(while: \.isNameByte) else {
                return isFinal && giveUp(&sink)
            }
            state = .parenthesis(name: Array(name), isFirst: isFirst)
            return true
        case .parenthesis(let name, _):
            let isOpen = !cursor.skipSpace()
            guard !isOpen || isFinal else { return false }
            guard cursor.next == UInt8(ascii: "("), let tool = tools.first(where: { $0.name == name.text })
            else { return giveUp(&sink) }
            cursor.advance()
            cursor.release()
            self.tool = tool
            argumentCount = 0
            writer = ArgumentsWriter()
            sink.beginCall(name)
            state = .argumentStart
            return true
        case .argumentStart: return startArgument(&sink, isFinal: isFinal)
        case .argument(let argument): return readArgument(argument, &sink, isFinal: isFinal)
        case .between: return readBetween()
        }
    }

    private mutating func start(isFinal: Bool) -> Bool {
        cursor.setMark()
        let isOpen = !cursor.skipSpace()
        if cursor.next == UInt8(ascii: "[") {
            cursor.advance()
            state = .callStart(isFirst: true)
            return true
        }
        let match = cursor.match(Self.opening)
        if match == .yes {
            cursor.advance(Self.opening.count)
            return true
        }
        _ = cursor.rewind(taking: 0)
        guard isFinal || match == .no && !isOpen else { return false }
        state = .content
        return true
    }

    private mutating func giveUp(_ sink: inout OutputSink) -> Bool {
        _ = cursor.rewind(taking: 0)
        state = .content
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
        default: state = .argument(Argument())
        }
        return true
    }

    private mutating func readArgument(
        _ argument: Argument, _ sink: inout OutputSink, isFinal: Bool
    ) -> Bool {
        var argument = argument
        while let byte = cursor.next {
            guard argument.read(byte) else {
                write(argument.text, &sink, isWhole: true)
                state = .argumentStart
                return true
            }
            cursor.advance()
        }
        state = .argument(argument)
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
        guard isWhole else { return writer.member(key, json: value.text, &sink) }
        let literal = PythonLiteral.value(of: Array(value)) ?? .string(value.text)
        writer.member(key, json: literal.serialized(.python), &sink)
    }

    private mutating func readBetween() -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return false }
        switch byte {
        case UInt8(ascii: ","):
            cursor.setMark()
            cursor.advance()
            state = .callStart(isFirst: false)
        case UInt8(ascii: "]"):
            cursor.advance()
            state = .content
        default: state = .content
        }
        return true
    }
}
