/// Takes the thoughts off the beginning of an answer.
///
/// They begin with their tag, before anything but white space, or the prompt has begun them; a tag further on is text. A call
/// that begins before they are closed ends them, see ``CallTrial``.
struct ReasoningParser: Sendable {
    private enum State {
        case start, inside, over
        /// Behind a marker of that many bytes, with which a call may begin that ends the thoughts.
        case trial(markerCount: Int)
    }

    private let opening: [[UInt8]]
    private let closing: [[UInt8]]
    private var state: State
    /// Whether the prompt opened the thoughts, so that the tag, if it comes again, is one too many.
    private let isOpened: Bool
    private var trial: CallTrial?
    private var hasMark = false
    private var cursor = TextCursor()

    /// - Parameter trial: how calls begin that end thoughts whose tag was forgotten.
    init(_ format: ReasoningFormat, start: ReasoningStart, trial: CallTrial?) {
        self.trial = trial
        opening = format.opening.map { Array($0.utf8) }
        closing = format.closing.map { Array($0.utf8) }
        state = start == .over ? .over : .start
        isOpened = start == .inside
    }

    /// Whether what comes next is a thought.
    var isReasoning: Bool {
        switch state {
        case .start: isOpened
        case .inside, .trial: true
        case .over: false
        }
    }

    /// Reads text, and gives back what belongs to the answer.
    mutating func read(_ bytes: [UInt8], _ sink: inout OutputSink) -> [UInt8] {
        if case .over = state { return bytes }
        cursor.append(bytes)
        while step(&sink) {}
        guard case .over = state else { return [] }
        return Array(cursor.takeAll())
    }

    /// Gives back what was held and belongs to the answer, now that nothing follows.
    mutating func finish(_ sink: inout OutputSink) -> [UInt8] {
        switch state {
        case .start, .trial: _ = cursor.rewind(taking: 0)
        case .inside, .over: break
        }
        let rest = Array(cursor.takeAll())
        if isReasoning {
            sink.reasoning(rest)
            return []
        }
        return rest
    }

    /// - Returns: whether to go on; false where more text is needed, or the thoughts are over.
    private mutating func step(_ sink: inout OutputSink) -> Bool {
        switch state {
        case .start: return begin()
        case .inside:
            switch cursor.search(closing + (trial?.openings ?? [])) {
            case .none(let text):
                sink.reasoning(text)
                return false
            case .found(let text, let marker) where marker < closing.count:
                sink.reasoning(text)
                end(&sink)
            case .found(let text, let marker):
                sink.reasoning(text)
                let count = trial?.openings[marker - closing.count].count ?? 0
                cursor.setMark(back: count)
                cursor.advance(-count)
                trial?.begin()
                state = .trial(markerCount: count)
            }
            return true
        case .trial(let count):
            guard let isCall = trial?.read(cursor.takeAll()) else { return false }
            let marker = cursor.rewind(taking: isCall ? 0 : count)
            if isCall {
                end(&sink)
            } else {
                sink.reasoning(marker)
                state = .inside
            }
            return true
        case .over: return false
        }
    }

    private mutating func begin() -> Bool {
        // The mark stays where the answer began until it is known whether space before the tag is text.
        if !hasMark { cursor.setMark() }
        hasMark = true
        guard cursor.skipSpace() else { return false }
        let (match, index) = cursor.matchAny(opening)
        switch match {
        case .unknown: return false
        case .yes:
            cursor.release()
            cursor.advance(opening[index].count)
            state = .inside
        case .no:
            _ = cursor.rewind(taking: 0)
            state = isOpened ? .inside : .over
        }
        return true
    }

    private mutating func end(_ sink: inout OutputSink) {
        sink.endReasoning()
        state = .over
    }
}
