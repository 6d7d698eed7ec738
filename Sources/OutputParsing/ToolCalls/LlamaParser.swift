/// Llama 3's calls: the whole answer is an object, `{"name": "f", "parameters": {…}}`, or several with `;` between them.
///
/// The model may begin with `<|python_tag|>`, which may also come after text. An object without the tag is a call only if
/// it names a tool: anything else is content, which may be JSON for other reasons.
struct LlamaParser: SteppingParser {
    private enum State {
        case start, content
        case call(JSONCallReader)
        case between
        case rest
    }

    /// The model's marker of a call.
    static let tag = [UInt8]("<|python_tag|>")

    private let names: Set<String>
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var state = State.start
    var cursor = TextCursor()

    init(names: Set<String>) {
        self.names = names
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start: return start(isFinal: isFinal)
        case .content:
            guard readContent(until: [Self.tag], &sink, isFinal: isFinal) != nil else { return false }
            begin(tagged: true)
            return true
        case .call(let reader): return readCall(reader, &sink, isFinal: isFinal)
        case .between: return readBetween(isFinal: isFinal)
        case .rest:
            guard readArguments(until: [Self.tag], &sink, isFinal: isFinal) != nil else { return false }
            begin(tagged: true)
            return true
        }
    }

    /// An object without the tag has its mark where the answer began.
    private mutating func begin(tagged: Bool) {
        takenBack = tagged ? Self.tag.count : 0
        if tagged { cursor.setMark(back: takenBack) }
        state = .call(JSONCallReader(knownNames: tagged ? nil : names))
    }

    /// Decides what the answer is.
    private mutating func start(isFinal: Bool) -> Bool {
        cursor.setMark()
        let isOpen = !cursor.skipSpace()
        if cursor.next == UInt8(ascii: "{") {
            begin(tagged: false)
            return true
        }
        let match = cursor.match(Self.tag)
        _ = cursor.rewind(taking: 0)
        guard isFinal || match != .unknown && !isOpen else { return false }
        state = .content
        return true
    }

    private mutating func readCall(
        _ reader: JSONCallReader, _ sink: inout OutputSink, isFinal: Bool
    ) -> Bool {
        var reader = reader
        guard let outcome = reader.read(&cursor, &sink, isFinal: isFinal) else {
            state = .call(reader)
            return false
        }
        switch outcome {
        case .ended: state = .between
        case .broken: state = .rest
        case .noCall:
            sink.content(cursor.rewind(taking: takenBack))
            state = .content
        }
        return true
    }

    /// Another call may follow, with or without a separator.
    private mutating func readBetween(isFinal: Bool) -> Bool {
        cursor.setMark()
        guard cursor.skipSpace(), let byte = cursor.next else {
            _ = cursor.rewind(taking: 0)
            return false
        }
        if byte == UInt8(ascii: ";") {
            cursor.release()
            cursor.advance()
            state = .start
            return true
        }
        _ = cursor.rewind(taking: 0)
        state = .start
        return true
    }
}
