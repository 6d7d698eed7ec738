/// The tokens of a format whose calls stand between tokens of their own.
struct CallTokens: Sendable {
    /// Before the first call and behind the last.
    let callsBegin, callsEnd: [UInt8]
    /// Around each call.
    let callBegin, callEnd: [UInt8]
    /// Between what names a call and its arguments.
    let separator: [UInt8]

    /// All of them.
    var all: [[UInt8]] { [callsBegin, callsEnd, callBegin, callEnd, separator] }

    /// DeepSeek V3, R1 and V3.1.
    static let deepSeek = CallTokens(
        callsBegin: [UInt8]("<｜tool▁calls▁begin｜>"), callsEnd: [UInt8]("<｜tool▁calls▁end｜>"),
        callBegin: [UInt8]("<｜tool▁call▁begin｜>"), callEnd: [UInt8]("<｜tool▁call▁end｜>"),
        separator: [UInt8]("<｜tool▁sep｜>"))

    /// Kimi K2.
    static let kimi = CallTokens(
        callsBegin: [UInt8]("<|tool_calls_section_begin|>"), callsEnd: [UInt8]("<|tool_calls_section_end|>"),
        callBegin: [UInt8]("<|tool_call_begin|>"), callEnd: [UInt8]("<|tool_call_end|>"),
        separator: [UInt8]("<|tool_call_argument_begin|>"))
}

/// Calls between tokens of their own.
///
/// DeepSeek V3 and R1 write `function<｜tool▁sep｜>NAME`, a line break and the arguments in a fence of JSON; V3.1 writes
/// `NAME<｜tool▁sep｜>` and the arguments, and Kimi K2 an id with the name in it, `functions.NAME:0`.
struct TokenCallParser: RetreatingParser {
    private enum State {
        case content
        /// Behind the token that begins all calls.
        case opened
        /// Before the separator.
        case header
        /// Behind the separator, and behind a name that follows it.
        case name, fence
        case arguments(JSONScanner)
        case rest
        case callEnd, next
    }

    private static let fence = [UInt8]("```json")
    private static let fenceEnd = [UInt8]("```")

    private let tokens: CallTokens
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    /// What stands before the separator, then the name.
    private var header: [UInt8] = []
    private var id: String?
    private var state = State.content
    var cursor = TextCursor()

    init(_ tokens: CallTokens) {
        self.tokens = tokens
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            let markers = [tokens.callsBegin, tokens.callBegin]
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            begin(markers[marker], as: marker == 0 ? .opened : .header)
            return true
        case .opened:
            let match = pass(tokens.callBegin)
            guard match == .yes else { return giveUp(&sink, match, isFinal: isFinal) }
            state = .header
            return true
        case .header: return readHeader(&sink, isFinal: isFinal)
        case .name: return readName(&sink, isFinal: isFinal)
        case .fence: return readFence(&sink, isFinal: isFinal)
        case .arguments(var scanner):
            let progress = readObject(&scanner, &sink, isFinal: isFinal)
            state = progress == .done ? .callEnd : progress == .more ? .arguments(scanner) : .rest
            return progress != .more
        case .rest:
            guard readArguments(until: [tokens.callEnd], &sink, isFinal: isFinal) != nil else { return false }
            state = .next
            return true
        case .callEnd: return readCallEnd(isFinal: isFinal)
        case .next: return readNext(&sink, isFinal: isFinal)
        }
    }

    private mutating func begin(_ marker: [UInt8], as state: State) {
        takenBack = marker.count
        cursor.setMark(back: takenBack)
        header = []
        id = nil
        self.state = state
    }

    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool {
        giveBack(takenBack, &sink, isCut: isCut)
        state = .content
        return true
    }

    private mutating func readHeader(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        var found: Int?
        switch cursor.search([tokens.separator, tokens.callEnd]) {
        case .found(let text, let marker):
            header += text
            found = marker
        case .none(let text): header += text
        }
        if header.count > TextCursor.wordBytesMax { return giveUp(&sink) }
        guard let found else { return isFinal && giveUp(&sink, isCut: true) }
        state = .name
        return found == 0 || endWithoutArguments(&sink)
    }

    /// A call that ends before its arguments has none, where its name is there.
    private mutating func endWithoutArguments(_ sink: inout OutputSink) -> Bool {
        readID()
        guard id != nil, !header.isEmpty, header.allSatisfy(\.isNameByte) else { return giveUp(&sink) }
        cursor.release()
        sink.beginCall(header, id: id)
        sink.arguments([UInt8]("{}"))
        sink.endCall()
        state = .next
        return true
    }

    private mutating func readName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace() else { return isFinal && giveUp(&sink, isCut: true) }
        if cursor.next == UInt8(ascii: "{") {
            readID()
            state = .fence
            return true
        }
        switch cursor.takeWord(while: \.isNameByte) {
        case .found(let name): header = Array(name)
        case .open: return isFinal && giveUp(&sink, isCut: true)
        case .tooLong: return giveUp(&sink)
        }
        state = .fence
        return true
    }

    /// Takes `functions.NAME:0` apart, of which all is the call's id.
    private mutating func readID() {
        let text = header[...].trimmed
        header = Array(text)
        guard let colon = text.lastIndex(of: UInt8(ascii: ":")) else { return }
        let prefix = [UInt8]("functions.")
        id = text.text
        header = Array(text[..<colon].trimmed)
        if header.starts(with: prefix) { header.removeFirst(prefix.count) }
    }

    private mutating func readFence(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard !header.isEmpty, header.allSatisfy(\.isNameByte) else { return giveUp(&sink) }
        guard cursor.skipSpace() else { return isFinal && giveUp(&sink, isCut: true) }
        if cursor.next == UInt8(ascii: "{") {
            cursor.release()
            sink.beginCall(header, id: id)
            state = .arguments(JSONScanner())
            return true
        }
        let match = cursor.match(Self.fence)
        guard match == .yes else { return giveUp(&sink, match, isFinal: isFinal) }
        cursor.advance(Self.fence.count)
        return true
    }

    private mutating func readCallEnd(isFinal: Bool) -> Bool {
        guard cursor.skipSpace() else { return false }
        let (match, marker) = cursor.matchAny([Self.fenceEnd, tokens.callEnd])
        guard match != .unknown else { return dropAll(if: isFinal) }
        if match == .yes { cursor.advance(marker == 0 ? Self.fenceEnd.count : tokens.callEnd.count) }
        if match != .yes || marker == 1 { state = .next }
        return true
    }

    private mutating func readNext(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard passSpace(&sink) else { return false }
        let (match, marker) = cursor.matchAny([tokens.callBegin, tokens.callsEnd])
        guard match != .unknown else { return dropAll(if: isFinal) }
        state = .content
        guard match == .yes else { return true }
        cursor.advance(marker == 0 ? tokens.callBegin.count : tokens.callsEnd.count)
        if marker == 0 { begin(tokens.callBegin, as: .header) }
        return true
    }
}
