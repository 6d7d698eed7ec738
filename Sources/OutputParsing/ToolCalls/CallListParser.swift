/// Calls as a list behind a marker: `[TOOL_CALLS][{"name": "f", "arguments": {…}}, …]`, as Mistral and Granite write them.
///
/// Newer models of Mistral's write `[TOOL_CALLS]f[ARGS]{…}` for each call, some with `[CALL_ID]…` before the arguments.
struct CallListParser: SteppingParser {
    private enum State {
        case content
        case head
        /// An object in a list, or alone.
        case element(JSONCallReader, isFirst: Bool, isAlone: Bool)
        case between
        case name
        case afterName([UInt8])
        case callID([UInt8])
        case arguments(JSONScanner)
        case rest
    }

    private static let argumentsMarker = [UInt8]("[ARGS]")
    private static let callIDMarker = [UInt8]("[CALL_ID]")

    private let markers: [[UInt8]]
    private let takesNames: Bool
    /// The length of the marker that was found.
    private var markerCount = 0
    private var state = State.content
    var cursor = TextCursor()

    /// - Parameter takesNames: whether a marker may be followed by a call's name.
    init(markers: [String], takesNames: Bool) {
        self.markers = markers.map { Array($0.utf8) }
        self.takesNames = takesNames
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            begin(marker)
            return true
        case .head: return readHead(&sink, isFinal: isFinal)
        case .element(let reader, let isFirst, let isAlone):
            return readElement(reader, &sink, isFirst: isFirst, isAlone: isAlone, isFinal: isFinal)
        case .between: return readBetween()
        case .name:
            guard let name = cursor.take(while: \.isNameByte) else { return giveUp(&sink, if: isFinal) }
            state = .afterName(Array(name))
            return true
        case .afterName(let name): return readAfter(name, &sink, isFinal: isFinal)
        case .callID(let name):
            guard cursor.take(while: \.isNameByte) != nil else { return giveUp(&sink, if: isFinal) }
            state = .afterName(name)
            return true
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
    private mutating func giveUp(_ sink: inout OutputSink, if isCertain: Bool = true) -> Bool {
        guard isCertain else { return false }
        sink.content(cursor.rewind(taking: markerCount))
        state = .content
        return true
    }

    private mutating func readHead(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return giveUp(&sink, if: isFinal) }
        switch byte {
        case UInt8(ascii: "["):
            cursor.advance()
            state = .element(JSONCallReader(), isFirst: true, isAlone: false)
        case UInt8(ascii: "{"): state = .element(JSONCallReader(), isFirst: true, isAlone: true)
        case _ where takesNames && byte.isNameByte: state = .name
        default: return giveUp(&sink)
        }
        return true
    }

    private mutating func readElement(
        _ reader: JSONCallReader, _ sink: inout OutputSink, isFirst: Bool, isAlone: Bool, isFinal: Bool
    ) -> Bool {
        var reader = reader
        guard let outcome = reader.read(&cursor, &sink, isFinal: isFinal) else {
            state = .element(reader, isFirst: isFirst, isAlone: isAlone)
            return false
        }
        switch outcome {
        case .ended: state = isAlone ? .content : .between
        case .broken: state = .rest
        case .noCall:
            sink.content(cursor.rewind(taking: isFirst ? markerCount : 0))
            state = .content
        }
        return true
    }

    private mutating func readBetween() -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return false }
        switch byte {
        case UInt8(ascii: ","):
            cursor.advance()
            cursor.setMark()
            state = .element(JSONCallReader(), isFirst: false, isAlone: false)
        case UInt8(ascii: "]"):
            cursor.advance()
            state = .content
        default: state = .content
        }
        return true
    }

    private mutating func readAfter(_ name: [UInt8], _ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace(), let byte = cursor.next else { return giveUp(&sink, if: isFinal) }
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
            state = .callID(name)
        case (.unknown, _): return giveUp(&sink, if: isFinal)
        case (.no, _): return giveUp(&sink)
        }
        return true
    }
}
