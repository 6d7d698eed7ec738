/// DeepSeek's calls, each between tokens of its own.
///
/// V3 and R1 write `function<｜tool▁sep｜>NAME`, a line break and the arguments in a fence of JSON; V3.1 writes
/// `NAME<｜tool▁sep｜>` and the arguments. All calls stand between `<｜tool▁calls▁begin｜>` and `<｜tool▁calls▁end｜>`.
struct DeepSeekParser: SteppingParser {
    private enum State {
        case content
        /// Behind the token that begins all calls.
        case opened
        /// Before the separator.
        case header
        case name
        case fence([UInt8])
        case arguments(JSONScanner)
        case rest
        case callEnd, next
    }

    static let callsBegin = [UInt8]("<｜tool▁calls▁begin｜>")
    static let callBegin = [UInt8]("<｜tool▁call▁begin｜>")
    static let separator = [UInt8]("<｜tool▁sep｜>")
    static let callEnd = [UInt8]("<｜tool▁call▁end｜>")
    static let callsEnd = [UInt8]("<｜tool▁calls▁end｜>")

    private static let fence = [UInt8]("```json")
    private static let fenceEnd = [UInt8]("```")
    /// The most bytes before a separator: the word `function`, or a name.
    private static let headerBytesMax = 256

    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var header: [UInt8] = []
    private var state = State.content
    var cursor = TextCursor()

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            let markers = [Self.callsBegin, Self.callBegin]
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            begin(markers[marker], as: marker == 0 ? .opened : .header)
            return true
        case .opened:
            let match = pass(Self.callBegin)
            guard match == .yes else { return giveUp(&sink, if: isFinal || match == .no) }
            header = []
            state = .header
            return true
        case .header: return readHeader(&sink, isFinal: isFinal)
        case .name: return readName(&sink, isFinal: isFinal)
        case .fence(let name): return readFence(name, &sink, isFinal: isFinal)
        case .arguments(var scanner):
            let progress = readObject(&scanner, &sink, isFinal: isFinal)
            state = progress == .done ? .callEnd : progress == .more ? .arguments(scanner) : .rest
            return progress != .more
        case .rest:
            guard readArguments(until: [Self.callEnd], &sink, isFinal: isFinal) != nil else { return false }
            state = .next
            return true
        case .callEnd: return readCallEnd(isFinal: isFinal)
        case .next: return readNext(isFinal: isFinal)
        }
    }

    private mutating func begin(_ marker: [UInt8], as state: State) {
        takenBack = marker.count
        cursor.setMark(back: takenBack)
        header = []
        self.state = state
    }

    private mutating func giveUp(_ sink: inout OutputSink, if isCertain: Bool = true) -> Bool {
        guard isCertain else { return false }
        sink.content(cursor.rewind(taking: takenBack))
        state = .content
        return true
    }

    private mutating func readHeader(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch cursor.search([Self.separator]) {
        case .found(let text, _):
            header += text
            state = .name
            return true
        case .none(let text):
            header += text
            return giveUp(&sink, if: isFinal || header.count > Self.headerBytesMax)
        }
    }

    private mutating func readName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace() else { return giveUp(&sink, if: isFinal) }
        if cursor.next == UInt8(ascii: "{") {
            state = .fence(Array(header[...].trimmed))
            return true
        }
        guard let name = cursor.take(while: \.isNameByte) else { return giveUp(&sink, if: isFinal) }
        state = .fence(Array(name))
        return true
    }

    private mutating func readFence(_ name: [UInt8], _ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard !name.isEmpty, name.allSatisfy(\.isNameByte) else { return giveUp(&sink) }
        guard cursor.skipSpace() else { return giveUp(&sink, if: isFinal) }
        if cursor.next == UInt8(ascii: "{") {
            cursor.release()
            sink.beginCall(name)
            state = .arguments(JSONScanner())
            return true
        }
        let match = cursor.match(Self.fence)
        guard match == .yes else { return giveUp(&sink, if: isFinal || match == .no) }
        cursor.advance(Self.fence.count)
        return true
    }

    private mutating func readCallEnd(isFinal: Bool) -> Bool {
        guard cursor.skipSpace() else { return false }
        let (match, marker) = cursor.matchAny([Self.fenceEnd, Self.callEnd])
        guard match != .unknown || isFinal else { return false }
        if match == .yes { cursor.advance(marker == 0 ? Self.fenceEnd.count : Self.callEnd.count) }
        if match != .yes || marker == 1 { state = .next }
        return true
    }

    private mutating func readNext(isFinal: Bool) -> Bool {
        cursor.setMark()
        guard cursor.skipSpace() else {
            _ = cursor.rewind(taking: 0)
            return false
        }
        let (match, marker) = cursor.matchAny([Self.callBegin, Self.callsEnd])
        guard match == .yes else {
            _ = cursor.rewind(taking: 0)
            guard match == .no || isFinal else { return false }
            state = .content
            return true
        }
        cursor.advance(marker == 0 ? Self.callBegin.count : Self.callsEnd.count)
        cursor.release()
        if marker == 0 { begin(Self.callBegin, as: .header) } else { state = .content }
        return true
    }
}
