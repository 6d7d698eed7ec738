/// Calls as a list behind a marker: `[TOOL_CALLS][{"name": "f", "arguments": {…}}, …]`, as Mistral, Granite 3 and Phi-4-mini
/// write them.
///
/// Newer models of Mistral's write `[TOOL_CALLS]f[ARGS]{…}` for each call, some with `[CALL_ID]…` before the arguments.
struct CallListParser: RetreatingParser {
    private enum State {
        case content
        case head
        /// An object in a list, or alone.
        case element(isFirst: Bool, isAlone: Bool)
        case between
        /// Behind a list.
        case end
        case name, afterName, callID
        case arguments(JSONScanner)
        case rest
    }

    private static let argumentsMarker = [UInt8]("[ARGS]")
    private static let callIDMarker = [UInt8]("[CALL_ID]")

    private let markers: [[UInt8]]
    private let closing: [UInt8]?
    private let takesNames: Bool
    /// The length of the marker that was found.
    private var markerCount = 0
    private var reader = JSONCallReader()
    private var name: [UInt8] = []
    private var state = State.content
    var cursor = TextCursor()

    /// - Parameters:
    ///   - closing: what may stand behind a list.
    ///   - takesNames: whether a marker may be followed by a call's name.
    init(markers: [String], closing: String? = nil, takesNames: Bool = false) {
        self.markers = markers.map { Array($0.utf8) }
        self.closing = closing.map { Array($0.utf8) }
        self.takesNames = takesNames
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            begin(marker)
            return true
        case .head: return readHead(&sink, isFinal: isFinal)
        case .element(let isFirst, let isAlone):
            return readElement(&sink, isFirst: isFirst, isAlone: isAlone, isFinal: isFinal)
        case .between: return readBetween()
        case .end:
            if let closing, !passClosing(closing, isFinal: isFinal) { return false }
            state = .content
            return true
        case .name, .callID: return readWord(&sink, isFinal: isFinal)
        case .afterName: return readAfterName(&sink, isFinal: isFinal)
        case .arguments(var scanner):
            let progress = readObject(&scanner, &sink, isFinal: isFinal)
            state = progress == .done ? .content : progress == .more ? .arguments(scanner) : .rest
            return progress != .more
        case .rest:
            guard let marker = readArguments(until: markers, &sink, isFinal: isFinal) else { return false }
            begin(marker)
            return true
        }
    }

    private mutating func begin(_ marker: Int) {
        markerCount = markers[marker].count
        cursor.setMark(back: markerCount)
        state = .head
    }

    /// What the marker promised did not come: it is content.
    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool {
        giveBack(markerCount, &sink, isCut: isCut)
        state = .content
        return true
    }

    private mutating func readHead(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return isFinal && giveUp(&sink, isCut: true) }
        switch byte {
        case UInt8(ascii: "["):
            cursor.advance()
            beginElement(isFirst: true, isAlone: false)
        case UInt8(ascii: "{"): beginElement(isFirst: true, isAlone: true)
        case _ where takesNames && byte.isNameByte: state = .name
        default: return giveUp(&sink)
        }
        return true
    }

    private mutating func beginElement(isFirst: Bool, isAlone: Bool) {
        reader = JSONCallReader()
        state = .element(isFirst: isFirst, isAlone: isAlone)
    }

    private mutating func readElement(
        _ sink: inout OutputSink, isFirst: Bool, isAlone: Bool, isFinal: Bool
    ) -> Bool {
        guard let outcome = reader.read(&cursor, &sink, isFinal: isFinal) else { return false }
        switch outcome {
        case .ended:
            cursor.setMark()
            state = isAlone ? .end : .between
        case .broken: state = .rest
        case .noCall:
            if !isFirst { markerCount = 0 }
            return giveUp(&sink, isCut: cursor.next == nil)
        }
        return true
    }

    private mutating func readBetween() -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return false }
        switch byte {
        case UInt8(ascii: ","):
            cursor.advance()
            cursor.setMark()
            beginElement(isFirst: false, isAlone: false)
        case UInt8(ascii: "]"):
            cursor.advance()
            cursor.setMark()
            state = .end
        default:
            cursor.release()
            state = .content
        }
        return true
    }

    /// Reads a name, or an id, which is passed over.
    private mutating func readWord(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch cursor.takeWord(while: \.isNameByte) {
        case .found(let word):
            if case .name = state { name = Array(word) }
            state = .afterName
            return true
        case .open: return isFinal && giveUp(&sink, isCut: true)
        case .tooLong: return giveUp(&sink)
        }
    }

    private mutating func readAfterName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return isFinal && giveUp(&sink, isCut: true) }
        if byte == UInt8(ascii: "{") {
            cursor.release()
            sink.beginCall(name)
            state = .arguments(JSONScanner())
            return true
        }
        let (match, marker) = cursor.matchAny([Self.argumentsMarker, Self.callIDMarker])
        switch (match, marker) {
        case (.yes, 0): cursor.advance(Self.argumentsMarker.count)
        case (.yes, _):
            cursor.advance(Self.callIDMarker.count)
            state = .callID
        case (.unknown, _): return isFinal && giveUp(&sink, isCut: true)
        case (.no, _): return giveUp(&sink)
        }
        return true
    }
}
