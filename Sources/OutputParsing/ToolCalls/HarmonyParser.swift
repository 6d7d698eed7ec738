/// Messages in channels, as gpt-oss writes them (OpenAI's Harmony response format):
///
///     <|channel|>analysis<|message|>…<|end|>
///     <|start|>assistant<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{…}<|call|>
///     <|start|>assistant<|channel|>final<|message|>…<|return|>
///
/// Analysis is reasoning, a message to a function is a call, and commentary to nobody and what is final are content.
/// Messages to tools of OpenAI's own, which no request offers, are left out. An answer without channels is content.
struct HarmonyParser: SteppingParser {
    private enum State {
        case start
        /// Before a message's text.
        case header
        /// Within a message's text.
        case body(Body)
        /// An answer without channels.
        case plain
    }

    private enum Body { case content, reasoning, arguments, dropped }

    static let channel = [UInt8]("<|channel|>")
    static let start = [UInt8]("<|start|>")
    static let message = [UInt8]("<|message|>")
    static let ends = ["<|end|>", "<|call|>", "<|return|>"].map { Array($0.utf8) }

    private static let recipient = [UInt8]("to=")
    private static let functions = [UInt8]("functions.")
    /// The most bytes of a header: roles, channels, a name and a type.
    private static let headerBytesMax = 1024

    private var header: [UInt8] = []
    private var hasContent = false
    private var hasReasoning = false
    private var state = State.start
    var cursor = TextCursor()

    var isReasoning: Bool {
        if case .body(.reasoning) = state { true } else { false }
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start:
            guard cursor.skipSpace() || isFinal else { return false }
            let (match, _) = cursor.matchAny([Self.channel, Self.start, Self.recipient])
            guard match != .unknown || isFinal else { return false }
            cursor.setMark()
            state = match == .yes ? .header : .plain
            return true
        case .header: return readHeader(&sink, isFinal: isFinal)
        case .body(let body): return readBody(body, &sink, isFinal: isFinal)
        case .plain:
            sink.content(cursor.takeAll())
            return false
        }
    }

    private mutating func readHeader(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        let isFound: Bool
        switch cursor.search([Self.message]) {
        case .found(let text, _):
            header += text
            isFound = true
        case .none(let text):
            header += text
            isFound = false
        }
        guard header.count <= Self.headerBytesMax else {
            // No header is so long: all of it is text.
            sink.content(cursor.rewind(taking: 0))
            state = .plain
            return true
        }
        guard isFound else {
            // The answer was cut off within a header, which is markup.
            if isFinal { _ = cursor.takeAll() }
            return false
        }
        cursor.release()
        begin(&sink)
        header = []
        return true
    }

    private mutating func begin(_ sink: inout OutputSink) {
        if let recipient = word(behind: Self.recipient) {
            guard recipient.starts(with: Self.functions) else {
                state = .body(.dropped)
                return
            }
            sink.beginCall(recipient.dropFirst(Self.functions.count))
            state = .body(.arguments)
        } else if word(behind: Self.channel).map({ $0.elementsEqual([UInt8]("analysis")) }) == true {
            if hasReasoning { sink.reasoning([0x0A]) }
            hasReasoning = true
            state = .body(.reasoning)
        } else {
            if hasContent { sink.content([0x0A]) }
            hasContent = true
            state = .body(.content)
        }
    }

    /// The word of the header that follows this text.
    private func word(behind text: [UInt8]) -> ArraySlice<UInt8>? {
        var rest = header[...]
        while rest.count > text.count {
            if rest.starts(with: text) {
                return rest.dropFirst(text.count).prefix { !$0.isSpace && $0 != UInt8(ascii: "<") }
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    private mutating func readBody(_ body: Body, _ sink: inout OutputSink, isFinal: Bool) -> Bool {
        // A message that was not ended is, where the next one begins.
        let markers = Self.ends + [Self.start, Self.channel]
        switch cursor.search(markers) {
        case .found(let text, let marker):
            put(text, body, &sink)
            end(body, &sink)
            header = marker < Self.ends.count ? [] : markers[marker]
            cursor.setMark()
            state = .header
            return true
        case .none(let text):
            put(text, body, &sink)
            guard isFinal else { return false }
            _ = cursor.takeAll()
            end(body, &sink)
            return false
        }
    }

    private func put(_ text: ArraySlice<UInt8>, _ body: Body, _ sink: inout OutputSink) {
        switch body {
        case .content: sink.content(text)
        case .reasoning: sink.reasoning(text)
        case .arguments: sink.arguments(text)
        case .dropped: break
        }
    }

    private func end(_ body: Body, _ sink: inout OutputSink) {
        switch body {
        case .reasoning: sink.endReasoning()
        case .arguments: sink.endCall()
        case .content, .dropped: break
        }
    }
}
