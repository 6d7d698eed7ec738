/// Where parsers put what they found; makes events of it, as few as it takes.
///
/// White space around calls belongs to their markup: it is held back until content follows, and dropped before a call.
struct OutputSink: Sendable {
    private enum Kind { case content, reasoning, arguments }

    private let holdsSpace: Bool
    private let callsMax: Int
    private let identifiers: CallIdentifiers
    private var events: [OutputEvent] = []
    /// The text of the event that is being made.
    private var text: [UInt8] = []
    private var kind = Kind.content
    /// White space that may be content or not.
    private var heldSpace: [UInt8] = []
    /// Line breaks that may belong to the thoughts or not.
    private var heldBreaks: [UInt8] = []
    private var hasContent = false
    private var hasReasoning = false
    /// Whether line breaks that come now stand between thoughts and content.
    private var isAfterReasoning = false
    private var callCount = 0
    /// The ids that the model itself gave.
    private var ownIDs: Set<String> = []
    private var isInCall = false

    init(holdsSpace: Bool, callsMax: Int, identifiers: CallIdentifiers) {
        self.holdsSpace = holdsSpace
        self.callsMax = callsMax
        self.identifiers = identifiers
    }

    /// Whether there are as many calls as there may be.
    var isComplete: Bool { callCount >= callsMax && !isInCall }

    /// Takes the events that there are.
    mutating func takeEvents() -> [OutputEvent] {
        flush()
        defer { events = [] }
        return events
    }

    // MARK: Text

    /// Text for the reader.
    mutating func content(_ bytes: some Collection<UInt8>) {
        guard !isComplete else { return }
        var bytes = Array(bytes)[...]
        if isAfterReasoning {
            bytes = bytes.drop { $0 == UInt8(ascii: "\n") }
            if bytes.isEmpty { return }
            isAfterReasoning = false
        }
        guard holdsSpace else { return add(bytes, .content) }
        guard let last = bytes.lastIndex(where: { !$0.isSpace }) else {
            heldSpace += bytes
            return
        }
        if !hasContent, callCount > 0 {
            bytes = bytes.drop { $0.isSpace }
        } else {
            add(heldSpace, .content)
        }
        add(bytes[...last], .content)
        heldSpace = Array(bytes[(last + 1)...])
        hasContent = true
    }

    /// Text of the model's thoughts; line breaks around them belong to the markup.
    mutating func reasoning(_ bytes: some Collection<UInt8>) {
        var bytes = Array(bytes)[...]
        if !hasReasoning { bytes = bytes.drop { $0 == UInt8(ascii: "\n") } }
        guard !isComplete, let last = bytes.lastIndex(where: { $0 != UInt8(ascii: "\n") }) else {
            if hasReasoning { heldBreaks += bytes }
            return
        }
        add(heldBreaks + bytes[...last], .reasoning)
        heldBreaks = Array(bytes[(last + 1)...])
        hasReasoning = true
    }

    /// The thoughts are over.
    mutating func endReasoning() {
        heldBreaks = []
        isAfterReasoning = true
    }

    /// Nothing follows: what was held back is content, unless it stands after a call.
    mutating func finish() {
        guard callCount == 0, !isComplete else { return }
        add(heldSpace, .content)
        heldSpace = []
    }

    // MARK: Calls

    /// A call of the tool of that name.
    ///
    /// - Parameter id: the id that the model gave the call; it counts unless an earlier call has it.
    mutating func beginCall(_ name: some Sequence<UInt8>, id: String? = nil) {
        guard !isComplete else { return }
        flush()
        heldSpace = []
        isInCall = true
        let isNew = id.map { ownIDs.insert($0).inserted } ?? false
        let id = isNew ? id : nil
        events.append(.callBegan(index: callCount, id: id ?? identifiers.next(), name: name.text))
        callCount += 1
    }

    /// More of the call's arguments.
    mutating func arguments(_ bytes: some Collection<UInt8>) {
        if isInCall { add(bytes, .arguments) }
    }

    /// The call's arguments are all there.
    mutating func endCall() {
        guard isInCall else { return }
        flush()
        isInCall = false
        events.append(.callEnded(index: callCount - 1))
    }

    // MARK: Events

    private mutating func add(_ bytes: some Collection<UInt8>, _ kind: Kind) {
        guard !bytes.isEmpty else { return }
        if kind != self.kind {
            flush()
            self.kind = kind
        }
        text += bytes
    }

    private mutating func flush() {
        guard !text.isEmpty else { return }
        switch kind {
        case .content: events.append(.content(text.text))
        case .reasoning: events.append(.reasoning(text.text))
        case .arguments: events.append(.arguments(index: callCount - 1, text.text))
        }
        text = []
    }
}
