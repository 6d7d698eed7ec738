/// Reads content and calls in one format.
protocol ToolCallParser: Sendable {
    /// Whether what comes next belongs to the model's thoughts, in formats in which they stand between calls.
    var isReasoning: Bool { get }
    /// Reads a piece of text.
    mutating func read(_ bytes: [UInt8], _ sink: inout OutputSink)
    /// Reads what is left, now that nothing follows.
    mutating func finish(_ sink: inout OutputSink)
}

/// A parser that walks over the text in steps.
protocol SteppingParser: ToolCallParser {
    /// The text.
    var cursor: TextCursor { get set }
    /// Does one step.
    ///
    /// - Parameter isFinal: whether nothing follows; then steps must lead to the text's end.
    /// - Returns: whether to go on; false where more text is needed.
    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool
}

extension ToolCallParser {
    var isReasoning: Bool { false }
}

extension SteppingParser {
    mutating func read(_ bytes: [UInt8], _ sink: inout OutputSink) {
        cursor.append(bytes)
        while step(&sink, isFinal: false) {}
    }

    mutating func finish(_ sink: inout OutputSink) {
        while step(&sink, isFinal: true) {}
    }

    /// Gives out text that can belong to no marker; at the text's end that is all of it.
    ///
    /// - Returns: which marker was found.
    mutating func readContent(until markers: [[UInt8]], _ sink: inout OutputSink, isFinal: Bool) -> Int? {
        switch cursor.search(markers) {
        case .found(let text, let marker):
            sink.content(text)
            return marker
        case .none(let text):
            sink.content(text)
            if isFinal { sink.content(cursor.takeAll()) }
            return nil
        }
    }

    /// Passes white space and a text.
    ///
    /// - Returns: whether it was there; `.unknown` where more text is needed, and nothing but white space was passed.
    mutating func pass(_ text: [UInt8]) -> TextCursor.Match {
        guard cursor.skipSpace() else { return .unknown }
        let match = cursor.match(text)
        if match == .yes { cursor.advance(text.count) }
        return match
    }
}

/// A parser that may find that what began like a call is none.
protocol RetreatingParser: SteppingParser {
    /// Takes back what was held, and goes on behind it.
    ///
    /// - Parameter isCut: whether the answer ended before that was known.
    /// - Returns: true, to go on.
    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool
}

extension RetreatingParser {
    mutating func giveUp(_ sink: inout OutputSink) -> Bool { giveUp(&sink, isCut: false) }

    /// Takes back what was held where the text is another than was looked for; else waits for more, if that may come.
    mutating func giveUp(_ sink: inout OutputSink, _ match: TextCursor.Match, isFinal: Bool) -> Bool {
        match == .no ? giveUp(&sink) : isFinal && giveUp(&sink, isCut: true)
    }
}

extension SteppingParser {
    /// Gives out white space, which the sink takes for content or drops before a call.
    ///
    /// - Returns: whether more follows.
    mutating func passSpace(_ sink: inout OutputSink) -> Bool {
        let (space, isEnd) = cursor.takeSpace()
        sink.content(space)
        return !isEnd
    }

    /// Gives back what was held behind the mark and is no call: so many bytes are content, the rest is read again.
    ///
    /// - Parameter isCut: whether the answer ends before that is known; then the beginning of a call that said nothing yet is
    ///   dropped, marker included.
    mutating func giveBack(_ count: Int, _ sink: inout OutputSink, isCut: Bool) {
        guard isCut else { return sink.content(cursor.rewind(taking: count)) }
        cursor.release()
        _ = cursor.takeAll()
    }

    /// Passes a closing tag and white space before it, which is content where the tag was forgotten; the mark stands where
    /// the white space begins.
    ///
    /// - Returns: false where more text is needed, or nothing is left.
    mutating func passClosing(_ tag: [UInt8], isFinal: Bool) -> Bool {
        switch pass(tag) {
        case .yes: cursor.release()
        case .no: _ = cursor.rewind(taking: 0)
        case .unknown:
            _ = dropAll(if: isFinal)
            return false
        }
        return true
    }

    /// Drops the rest, the beginning of markup behind a call that the answer's end cut off.
    ///
    /// - Returns: whether it did, so that the parser can go on to its end.
    mutating func dropAll(if isFinal: Bool) -> Bool {
        guard isFinal else { return false }
        return !cursor.takeAll().isEmpty
    }

    /// Gives out arguments that are no JSON, up to a marker or the text's end, which end the call.
    ///
    /// - Returns: which marker was found.
    mutating func readArguments(until markers: [[UInt8]], _ sink: inout OutputSink, isFinal: Bool) -> Int? {
        switch cursor.search(markers) {
        case .found(let text, let marker):
            sink.arguments(text)
            sink.endCall()
            return marker
        case .none(let text):
            sink.arguments(text)
            if isFinal {
                sink.arguments(cursor.takeAll())
                sink.endCall()
            }
            return nil
        }
    }

    /// Gives out arguments that are an object of JSON.
    ///
    /// - Returns: `done` where they ended, and the call with them; `more` where they go on; `invalid` where they are no
    ///   JSON from the cursor on.
    mutating func readObject(
        _ scanner: inout JSONScanner, _ sink: inout OutputSink, isFinal: Bool
    ) -> JSONScanner.Progress {
        while let byte = cursor.next {
            var written: [UInt8] = []
            let progress = scanner.read(byte, to: &written)
            guard progress == .more || progress == .done else { return .invalid }
            sink.arguments(written)
            cursor.advance()
            if progress == .done {
                sink.endCall()
                return .done
            }
        }
        if isFinal { sink.endCall() }
        return .more
    }
}
