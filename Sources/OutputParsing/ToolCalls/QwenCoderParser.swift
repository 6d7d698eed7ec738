import JSON

/// Qwen3-Coder's calls:
///
///     <tool_call>
///     <function=NAME>
///     <parameter=KEY>
///     VALUE
///     </parameter>
///     </function>
///     </tool_call>
///
/// The outer tags may be missing. Values are plain text; the tool's schema tells which of them are numbers or JSON.
struct QwenCoderParser: SteppingParser {
    private enum State {
        case content, opened, name
        case body, key
        case value(TaggedValue)
        case closing
    }

    private static let opening = [UInt8]("<tool_call>")
    private static let closing = [UInt8]("</tool_call>")
    private static let function = [UInt8]("<function=")
    private static let functionEnd = [UInt8]("</function>")
    private static let parameter = [UInt8]("<parameter=")
    private static let parameterEnd = [UInt8]("</parameter>")

    private let tools: [ToolDescription]
    private var tool = ToolDescription(name: "", parameters: nil)
    private var writer = ArgumentsWriter()
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var state = State.content
    var cursor = TextCursor()

    init(_ tools: [ToolDescription]) {
        self.tools = tools
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            let markers = [Self.opening, Self.function]
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            takenBack = markers[marker].count
            cursor.setMark(back: takenBack)
            state = marker == 0 ? .opened : .name
            return true
        case .opened:
            let match = pass(Self.function)
            guard match == .yes else { return giveUp(&sink, if: isFinal || match == .no) }
            state = .name
            return true
        case .name: return readName(&sink, isFinal: isFinal)
        case .body: return readBody(&sink, isFinal: isFinal)
        case .key: return readKey(&sink, isFinal: isFinal)
        case .value(let value): return readValue(value, &sink, isFinal: isFinal)
        case .closing:
            let match = pass(Self.closing)
            guard match != .unknown || isFinal && cursor.next != nil else { return false }
            state = .content
            return true
        }
    }

    private mutating func giveUp(_ sink: inout OutputSink, if isCertain: Bool = true) -> Bool {
        guard isCertain else { return false }
        sink.content(cursor.rewind(taking: takenBack))
        state = .content
        return true
    }

    private mutating func readName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard let name = cursor.take(while: \.isNameByte) else { return giveUp(&sink, if: isFinal) }
        guard !name.isEmpty, cursor.next == UInt8(ascii: ">") else { return giveUp(&sink) }
        cursor.advance()
        cursor.release()
        sink.beginCall(name)
        tool = tools.first { $0.name == name.text } ?? ToolDescription(name: name.text, parameters: nil)
        writer = ArgumentsWriter()
        state = .body
        return true
    }

    private mutating func end(_ sink: inout OutputSink, then next: State) -> Bool {
        writer.end(&sink)
        sink.endCall()
        state = next
        return true
    }

    private mutating func readBody(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        _ = cursor.skipSpace()
        let (match, marker) = cursor.matchAny([Self.parameter, Self.functionEnd, Self.closing])
        switch (match, marker) {
        case (.yes, 0):
            cursor.advance(Self.parameter.count)
            state = .key
            return true
        case (.yes, 1):
            cursor.advance(Self.functionEnd.count)
            return end(&sink, then: .closing)
        case (.yes, _), (.no, _): return end(&sink, then: .closing)
        case (.unknown, _): return isFinal && end(&sink, then: .content)
        }
    }

    private mutating func readKey(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard let key = cursor.take(while: { $0 != UInt8(ascii: ">") && $0 != 0x0A }) else {
            return isFinal && end(&sink, then: .content)
        }
        guard cursor.next == UInt8(ascii: ">") else { return end(&sink, then: .content) }
        cursor.advance()
        state = .value(TaggedValue(key.trimmed.text, of: tool, trimsBreaks: true))
        return true
    }

    private mutating func readValue(
        _ value: TaggedValue, _ sink: inout OutputSink, isFinal: Bool
    ) -> Bool {
        var value = value
        switch cursor.search([Self.parameterEnd, Self.functionEnd]) {
        case .found(let text, let marker):
            value.read(text, &writer, &sink)
            value.end(&writer, &sink)
            state = .body
            return marker == 0 || end(&sink, then: .closing)
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
