/// Reads a call that is written as an object: `{"name": "f", "arguments": {…}}`.
///
/// The members may come in any order, `parameters` stands for `arguments` as well, others are passed over. The call
/// begins as soon as its name and the beginning of its arguments are known; arguments go out as they were written.
/// Arguments that are a string hold the JSON text in it.
struct JSONCallReader: Sendable {
    /// How far the call is after a byte.
    enum Progress {
        case more
        /// The object is closed, and the call ended.
        case done
        /// No call goes on like this; see ``JSONCallReader/hasBegun``.
        case malformed
    }

    private enum Member { case name, arguments, other }

    private enum State {
        case start, keyOrEnd, key
        case colon(Member), value(Member)
        /// Within a value that is followed by ``scanner``, or decoded by ``decoder``.
        case inValue(Member), inText(Member)
        case afterValue
    }

    private let knownNames: Set<String>?
    private var state = State.start
    private var scanner = JSONScanner()
    private var decoder = JSONStringDecoder()
    /// The key, name or other value that is being read.
    private var text: [UInt8] = []
    private var name: [UInt8]?
    /// Arguments that came before the name.
    private var early: [UInt8]?
    /// Whether the call has begun, so that it cannot be taken back.
    private(set) var hasBegun = false
    /// Whether all arguments are there.
    private(set) var hasArguments = false

    /// - Parameter knownNames: the names that a call may have; nil where it may have any.
    init(knownNames: Set<String>? = nil) {
        self.knownNames = knownNames
    }

    /// Reads a byte.
    mutating func read(_ byte: UInt8, _ sink: inout OutputSink) -> Progress {
        switch state {
        case .start:
            if byte.isSpace { return .more }
            guard byte == UInt8(ascii: "{") else { return .malformed }
            state = .keyOrEnd
            return .more
        case .keyOrEnd: return beginKey(byte, &sink)
        case .key: return readKey(byte)
        case .colon(let member):
            if byte.isSpace { return .more }
            guard byte == UInt8(ascii: ":") else { return .malformed }
            state = .value(member)
            return .more
        case .value(let member): return beginValue(byte, member, &sink)
        case .inValue(let member): return readValue(byte, member, &sink)
        case .inText(let member): return readText(byte, member, &sink)
        case .afterValue: return separate(byte, &sink)
        }
    }

    /// Ends the call where it stands: the text is over, or its container is.
    mutating func interrupt(_ sink: inout OutputSink) {
        if hasBegun { sink.endCall() }
    }

    private mutating func beginKey(_ byte: UInt8, _ sink: inout OutputSink) -> Progress {
        if byte.isSpace { return .more }
        if byte == UInt8(ascii: "}") { return close(&sink) }
        guard byte == UInt8(ascii: "\"") else { return .malformed }
        text = []
        scanner = JSONScanner()
        _ = scanner.read(byte, to: &text)
        state = .key
        return .more
    }

    private mutating func readKey(_ byte: UInt8) -> Progress {
        let progress = scanner.read(byte, to: &text)
        guard progress == .done else { return progress == .more ? .more : .malformed }
        switch text.text {
        case #""name""#: state = .colon(.name)
        case #""arguments""#, #""parameters""#: state = .colon(.arguments)
        default: state = .colon(.other)
        }
        // Without tags, what does not begin like a call is none: content must not wait for an object's end.
        guard knownNames != nil, name == nil, case .colon(.other) = state else { return .more }
        return text.text == #""type""# ? .more : .malformed
    }

    private mutating func beginValue(_ byte: UInt8, _ member: Member, _ sink: inout OutputSink) -> Progress {
        if byte.isSpace { return .more }
        text = []
        switch (member, byte) {
        case (.name, UInt8(ascii: "\"")) where name == nil:
            return beginText(.name)
        case (.arguments, _) where hasArguments || early != nil: return .malformed
        case (.arguments, UInt8(ascii: "\"")):
            guard beginArguments(&sink) else { return .malformed }
            return beginText(.arguments)
        case (.arguments, UInt8(ascii: "{")):
            guard beginArguments(&sink) else { return .malformed }
        case (.arguments, UInt8(ascii: "n")), (.other, _): break
        default: return .malformed
        }
        scanner = JSONScanner()
        return readValue(byte, member, &sink)
    }

    private mutating func beginText(_ member: Member) -> Progress {
        decoder = JSONStringDecoder()
        state = .inText(member)
        return .more
    }

    /// - Returns: false where no tool has that name.
    private mutating func beginArguments(_ sink: inout OutputSink) -> Bool {
        guard let name else {
            early = []
            return true
        }
        return begin(name, &sink)
    }

    private mutating func begin(_ name: [UInt8], _ sink: inout OutputSink) -> Bool {
        guard !name.isEmpty, knownNames?.contains(name.text) ?? true else { return false }
        if !hasBegun { sink.beginCall(name) }
        hasBegun = true
        return true
    }

    private mutating func put(_ bytes: [UInt8], _ sink: inout OutputSink) {
        if name == nil { early?.append(contentsOf: bytes) } else { sink.arguments(bytes) }
    }

    private mutating func readValue(
        _ byte: UInt8, _ member: Member, _ sink: inout OutputSink
    ) -> Progress {
        var written: [UInt8] = []
        let progress = scanner.read(byte, to: &written)
        state = .inValue(member)
        let isStreamed = member == .arguments && (hasBegun || early != nil)
        if isStreamed { put(written, &sink) }
        switch progress {
        case .more: return .more
        case .done, .doneBefore:
            if isStreamed { hasArguments = true }
            state = .afterValue
            return progress == .done ? .more : separate(byte, &sink)
        case .invalid: return .malformed
        }
    }

    /// Reads the name, or arguments that are a string.
    private mutating func readText(
        _ byte: UInt8, _ member: Member, _ sink: inout OutputSink
    ) -> Progress {
        var written: [UInt8] = []
        let progress = decoder.read(byte, to: &written)
        if member == .name { text += written } else { put(written, &sink) }
        guard progress == .done else { return progress == .more ? .more : .malformed }
        state = .afterValue
        if member == .name { return take(name: text, &sink) }
        hasArguments = true
        return .more
    }

    private mutating func take(name: [UInt8], _ sink: inout OutputSink) -> Progress {
        guard !name.isEmpty, knownNames?.contains(name.text) ?? true else { return .malformed }
        self.name = name
        guard let early else { return .more }
        guard begin(name, &sink) else { return .malformed }
        sink.arguments(early)
        return .more
    }

    private mutating func separate(_ byte: UInt8, _ sink: inout OutputSink) -> Progress {
        switch byte {
        case UInt8(ascii: ","):
            state = .keyOrEnd
            return .more
        case UInt8(ascii: "}"): return close(&sink)
        default: return byte.isSpace ? .more : .malformed
        }
    }

    /// A call without arguments has none: `{}`.
    private mutating func close(_ sink: inout OutputSink) -> Progress {
        guard let name, begin(name, &sink) else { return .malformed }
        if !hasArguments { sink.arguments([UInt8]("{}")) }
        hasArguments = true
        sink.endCall()
        return .done
    }
}

extension JSONCallReader {
    /// What became of a call.
    enum Outcome {
        /// It ended.
        case ended
        /// It has begun, and its arguments are no JSON from here on.
        case broken
        /// It never began.
        case noCall
    }

    /// Reads what there is of a call; nil where it goes on.
    mutating func read(_ cursor: inout TextCursor, _ sink: inout OutputSink, isFinal: Bool) -> Outcome? {
        while let byte = cursor.next {
            let progress = read(byte, &sink)
            if hasBegun { cursor.release() }
            guard progress == .malformed else {
                cursor.advance()
                if progress == .done { return .ended }
                continue
            }
            guard hasBegun else { return .noCall }
            guard hasArguments else { return .broken }
            interrupt(&sink)
            return .ended
        }
        guard isFinal else { return nil }
        interrupt(&sink)
        return hasBegun ? .ended : .noCall
    }
}
