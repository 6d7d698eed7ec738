/// Reads content and calls in one format.
protocol ToolCallParser: Sendable {
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
