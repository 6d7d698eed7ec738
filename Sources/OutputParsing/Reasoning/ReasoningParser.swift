/// Takes the thoughts off the beginning of an answer.
///
/// They begin with their tag, before anything but white space, or the prompt has begun them; a tag further on is text.
struct ReasoningParser: Sendable {
    private enum State { case start, inside, over }

    private let opening: [[UInt8]]
    private let closing: [[UInt8]]
    private var state: State
    /// Whether the prompt opened the thoughts, so that the tag, if it comes again, is one too many.
    private let isOpened: Bool
    private var hasMark = false
    private var cursor = TextCursor()

    init(_ format: ReasoningFormat, start: ReasoningStart) {
        opening = format.opening.map { Array($0.utf8) }
        closing = format.closing.map { Array($0.utf8) }
        state = start == .over ? .over : .start
        isOpened = start == .inside
    }

    /// Whether what comes next is a thought.
    var isReasoning: Bool {
        switch state {
        case .start: isOpened
        case .inside: true
        case .over: false
        }
    }

    /// Reads text, and gives back what belongs to the answer.
    mutating func read(_ bytes: [UInt8], _ sink: inout OutputSink) -> [UInt8] {
        guard state != .over else { return bytes }
        cursor.append(bytes)
        return advance(&sink)
    }

    /// Gives back what was held and belongs to the answer, now that nothing follows.
    mutating func finish(_ sink: inout OutputSink) -> [UInt8] {
        if state == .start { _ = cursor.rewind(taking: 0) }
        let rest = Array(cursor.takeAll())
        if isReasoning {
            sink.reasoning(rest)
            return []
        }
        return rest
    }

    private mutating func advance(_ sink: inout OutputSink) -> [UInt8] {
        if state == .start {
            // The mark stays where the answer began until it is known whether space before the tag is text.
            if !hasMark { cursor.setMark() }
            hasMark = true
            guard cursor.skipSpace() else { return [] }
            let (match, index) = cursor.matchAny(opening)
            switch match {
            case .unknown: return []
            case .yes:
                cursor.release()
                cursor.advance(opening[index].count)
                state = .inside
            case .no:
                _ = cursor.rewind(taking: 0)
                state = isOpened ? .inside : .over
            }
        }
        if state == .inside {
            switch cursor.search(closing) {
            case .none(let text):
                sink.reasoning(text)
                return []
            case .found(let text, _):
                sink.reasoning(text)
                sink.endReasoning()
                state = .over
            }
        }
        return Array(cursor.takeAll())
    }
}
