/// Calls as objects: `{"name": "f", "arguments": {…}}`, between tags, behind one, or alone.
///
/// Hermes 2, Qwen 2 to 3 and Granite 4 write `<tool_call>{…}</tool_call>`, and InternLM 2 tags of its own. Llama 3 writes
/// objects alone, with `;` between them, or behind `<|python_tag|>`. What stands between tags and is no call is content,
/// tags included; arguments that break off being JSON go out as they are, up to the closing tag.
///
/// Small models of Qwen's forget the tags. An answer that begins with an object, in a fence, in an array or bare, is taken
/// for a call where it names a tool that is offered; anything else is content, which may be JSON for other reasons.
struct ObjectParser: RetreatingParser {
    private enum State {
        /// Before an object without tags.
        case start
        /// Behind a fence, a bracket or a separator, which belong to an object if one follows.
        case beforeObject(Lead)
        case content, call
        /// Arguments that are not JSON.
        case rest
        /// Behind a call.
        case end
    }

    /// What may stand before an object without tags.
    private enum Lead: Int { case fence, bracket, semicolon, comma }

    private static let leads = ["```json", "[", ";", ","].map { Array($0.utf8) }
    private static let fenceEnd = [UInt8]("```")

    private let opening: [UInt8]
    /// Empty where calls have no closing tag, and others may follow them without an opening one.
    private let closing: [UInt8]
    private let bareNames: Set<String>
    private var reader = JSONCallReader()
    private var state: State
    /// Whether the call that is read stands behind the opening tag, so that it may have any name.
    private var isTagged = false
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var hasCalls = false
    private var isInFence = false
    private var isInArray = false
    var cursor = TextCursor()

    /// - Parameters:
    ///   - closing: empty where there is none.
    ///   - bareNames: the tools that an object without tags may call.
    init(opening: StaticString, closing: StaticString, bareNames: Set<String> = []) {
        self.opening = [UInt8](opening)
        self.closing = [UInt8](closing)
        self.bareNames = bareNames
        state = bareNames.isEmpty ? .content : .start
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start: return start(&sink, isFinal: isFinal)
        case .beforeObject(let lead):
            guard cursor.skipSpace() || isFinal else { return false }
            guard cursor.next == UInt8(ascii: "{") else { return giveUp(&sink) }
            if lead == .fence { isInFence = true }
            if lead == .bracket { isInArray = true }
            state = .call
            return true
        case .content:
            guard readContent(until: [opening], &sink, isFinal: isFinal) != nil else { return false }
            beginTagged()
            return true
        case .call: return readCall(&sink, isFinal: isFinal)
        case .rest:
            let ends = [closing.isEmpty ? opening : closing]
            guard readArguments(until: ends, &sink, isFinal: isFinal) != nil else { return false }
            if closing.isEmpty { beginTagged() } else { state = .content }
            return true
        case .end: return isTagged ? endTagged(isFinal: isFinal) : endBare(&sink, isFinal: isFinal)
        }
    }

    private mutating func beginTagged() {
        isTagged = true
        takenBack = opening.count
        cursor.setMark(back: takenBack)
        reader = JSONCallReader()
        state = .call
    }

    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool {
        giveBack(takenBack, &sink, isCut: isCut)
        state = .content
        return true
    }

    /// Decides whether the answer, or what follows a call, is an object without tags.
    private mutating func start(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard passSpace(&sink), let byte = cursor.next else { return false }
        takenBack = 0
        cursor.setMark()
        reader = JSONCallReader(knownNames: isTagged ? nil : bareNames)
        if byte == UInt8(ascii: "{") {
            state = .call
            return true
        }
        let (match, index) = cursor.matchAny(hasCalls ? Self.leads : Array(Self.leads.prefix(2)))
        guard match != .unknown || isFinal else { return false }
        guard match == .yes, let lead = Lead(rawValue: index) else { return giveUp(&sink) }
        cursor.advance(Self.leads[index].count)
        state = .beforeObject(lead)
        return true
    }

    private mutating func readCall(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard let outcome = reader.read(&cursor, &sink, isFinal: isFinal) else { return false }
        switch outcome {
        case .ended:
            hasCalls = true
            if isTagged, !closing.isEmpty { cursor.setMark() }
            state = .end
        case .broken: state = .rest
        case .noCall: return giveUp(&sink, isCut: isTagged && cursor.next == nil)
        }
        return true
    }

    /// Passes the closing tag, and braces too many before it; a tag that was forgotten does no harm, and several calls may
    /// stand between two tags.
    private mutating func endTagged(isFinal: Bool) -> Bool {
        if closing.isEmpty {
            state = .start
            return true
        }
        while cursor.skipSpace(), cursor.next == UInt8(ascii: "}") {
            cursor.advance()
            cursor.setMark()
        }
        if cursor.next == UInt8(ascii: "{") {
            takenBack = 0
            cursor.setMark()
            reader = JSONCallReader()
            state = .call
            return true
        }
        guard passClosing(closing, isFinal: isFinal) else { return false }
        state = .content
        return true
    }

    /// Passes the end of an array and of a fence.
    private mutating func endBare(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard passSpace(&sink), let byte = cursor.next else { return false }
        if isInArray, byte == UInt8(ascii: "]") {
            cursor.advance()
            isInArray = false
            return true
        }
        if isInFence {
            let match = cursor.match(Self.fenceEnd)
            guard match != .unknown else { return dropAll(if: isFinal) }
            isInFence = match == .no
            if match == .yes { cursor.advance(Self.fenceEnd.count) }
        }
        state = .start
        return true
    }
}
