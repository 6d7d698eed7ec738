import JSON

/// GLM 4.5's calls: `<tool_call>NAME`, then `<arg_key>KEY</arg_key>` and `<arg_value>VALUE</arg_value>` for each argument,
/// then `</tool_call>`, with line breaks between them or without.
struct GLMParser: SteppingParser {
    private enum State {
        case content, name, body
        case key([UInt8])
        case afterKey(String)
        case value(TaggedValue)
    }

    private static let opening = [UInt8]("<tool_call>")
    private static let closing = [UInt8]("</tool_call>")
    private static let key = [UInt8]("<arg_key>")
    private static let keyEnd = [UInt8]("</arg_key>")
    private static let value = [UInt8]("<arg_value>")
    private static let valueEnd = [UInt8]("</arg_value>")

    private let tools: [ToolDescription]
    private var tool = ToolDescription(name: "", parameters: nil)
    private var writer = ArgumentsWriter()
    private var state = State.content
    var cursor = TextCursor()

    init(_ tools: [ToolDescription]) {
        self.tools = tools
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            guard readContent(until: [Self.opening], &sink, isFinal: isFinal) != nil else { return false }
            cursor.setMark(back: Self.opening.count)
            state = .name
            return true
        case .name: return readName(&sink, isFinal: isFinal)
        case .body: return readBody(&sink, isFinal: isFinal)
        case .key(let begun):
            switch cursor.search([Self.keyEnd]) {
            case .found(let text, _):
                state = .afterKey((begun + text)[...].trimmed.text)
                return true
            case .none(let text):
                state = .key(begun + text)
                return isFinal && end(&sink)
            }
        case .afterKey(let key):
            let match = pass(Self.value)
            guard match == .yes else { return (match == .no || isFinal) && end(&sink) }
            state = .value(TaggedValue(key, of: tool, trimsBreaks: false))
            return true
        case .value(let value): return readValue(value, &sink, isFinal: isFinal)
        }
    }

    private mutating func readName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard let text = cursor.take(while: { $0 != 0x0A && $0 != UInt8(ascii: "<") }) else {
            return isFinal && giveUp(&sink)
        }
        let name = text.trimmed
        guard !name.isEmpty, name.allSatisfy(\.isNameByte) else { return giveUp(&sink) }
        cursor.release()
        sink.beginCall(name)
        tool = tools.first { $0.name == name.text } ?? ToolDescription(name: name.text, parameters: nil)
        writer = ArgumentsWriter()
        state = .body
        return true
    }

    private mutating func giveUp(_ sink: inout OutputSink) -> Bool {
        sink.content(cursor.rewind(taking: Self.opening.count))
        state = .content
        return true
    }

    private mutating func end(_ sink: inout OutputSink) -> Bool {
        writer.end(&sink)
        sink.endCall()
        state = .content
        return true
    }

    private mutating func readBody(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        _ = cursor.skipSpace()
        let (match, marker) = cursor.matchAny([Self.key, Self.closing])
        guard match != .unknown || isFinal else { return false }
        guard match == .yes else { return end(&sink) }
        cursor.advance(marker == 0 ? Self.key.count : Self.closing.count)
        guard marker == 0 else { return end(&sink) }
        state = .key([])
        return true
    }

    private mutating func readValue(
        _ value: TaggedValue, _ sink: inout OutputSink, isFinal: Bool
    ) -> Bool {
        var value = value
        switch cursor.search([Self.valueEnd]) {
        case .found(let text, _):
            value.read(text, &writer, &sink)
            value.end(&writer, &sink)
            state = .body
            return true
        case .none(let text):
            value.read(text, &writer, &sink)
            state = .value(value)
            guard isFinal else { return false }
            value.read(cursor.takeAll(), &writer, &sink)
            value.interrupt(&writer, &sink)
            sink.endCall()
            state = .content
            return true
        }
    }
}
