/// Calls as objects between tags: `<tool_call>{"name": "f", "arguments": {…}}</tool_call>`.
///
/// Hermes 2 and Qwen 2 to 3 write them so, and InternLM 2 with tags of its own. What stands between tags and is no call
/// is content, tags included; arguments that break off being JSON go out as they are, up to the closing tag.
///
/// Small models of Qwen's forget the tags. An answer that begins with an object, bare or in a fence, is taken for a call
/// where it names a tool that is offered.
struct TaggedObjectParser: SteppingParser {
    private enum State {
        case start, content
        /// An object without tags.
        case bare(JSONCallReader), bareEnd
        case call(JSONCallReader)
        /// Arguments that are not JSON.
        case rest
        case closing
    }

    private let opening: [UInt8]
    private let closing: [UInt8]
    private let bareNames: Set<String>
    private var state: State
    var cursor = TextCursor()

    private static let fence = [UInt8]("```json")
    private static let fenceEnd = [UInt8]("```")

    /// - Parameter bareNames: the tools that an object without tags may call.
    init(opening: StaticString, closing: StaticString, bareNames: Set<String> = []) {
        self.opening = [UInt8](opening)
        self.closing = [UInt8](closing)
        self.bareNames = bareNames
        state = bareNames.isEmpty ? .content : .start
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .start: return start(isFinal: isFinal)
        case .bare(let reader): return readBare(reader, &sink, isFinal: isFinal)
        case .bareEnd: return endBare(isFinal: isFinal)
        case .content:
            guard readContent(until: [opening], &sink, isFinal: isFinal) != nil else { return false }
            cursor.setMark(back: opening.count)
            state = .call(JSONCallReader())
            return true
        case .call(let reader): return readCall(reader, &sink, isFinal: isFinal)
        case .rest: return readRest(&sink, isFinal: isFinal)
        case .closing: return close(isFinal: isFinal)
        }
    }

    /// Decides whether the answer, or what follows a call without tags, may be another one.
    private mutating func start(isFinal: Bool) -> Bool {
        cursor.setMark()
        var match = cursor.skipSpace() ? cursor.match(Self.fence) : .unknown
        if match == .yes {
            cursor.advance(Self.fence.count)
            match = cursor.skipSpace() ? .no : .unknown
        }
        if cursor.next == UInt8(ascii: "{") {
            state = .bare(JSONCallReader(knownNames: bareNames))
            return true
        }
        _ = cursor.rewind(taking: 0)
        guard isFinal || match == .no else { return false }
        state = .content
        return true
    }

    private mutating func readBare(
        _ reader: JSONCallReader, _ sink: inout OutputSink, isFinal: Bool
    ) -> Bool {
        var reader = reader
        guard let outcome = reader.read(&cursor, &sink, isFinal: isFinal) else {
            state = .bare(reader)
            return false
        }
        switch outcome {
        case .ended: state = .bareEnd
        case .broken: state = .rest
        case .noCall:
            _ = cursor.rewind(taking: 0)
            state = .content
        }
        return true
    }

    /// Passes the end of a fence, where there is one.
    private mutating func endBare(isFinal: Bool) -> Bool {
        cursor.setMark()
        let match = cursor.skipSpace() ? cursor.match(Self.fenceEnd) : .unknown
        if match == .yes {
            cursor.advance(Self.fenceEnd.count)
            cursor.release()
        } else {
            _ = cursor.rewind(taking: 0)
            guard match == .no || isFinal && cursor.next != nil else { return false }
        }
        state = .start
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
        case .ended: state = .closing
        case .broken: state = .rest
        case .noCall:
            sink.content(cursor.rewind(taking: opening.count))
            state = .content
        }
        return true
    }

    private mutating func readRest(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard readArguments(until: [closing], &sink, isFinal: isFinal) != nil else { return false }
        state = .content
        return true
    }

    /// Passes the closing tag, and braces too many before it; a tag that was forgotten does no harm.
    private mutating func close(isFinal: Bool) -> Bool {
        while cursor.skipSpace(), cursor.next == UInt8(ascii: "}") { cursor.advance() }
        guard cursor.next != nil else { return false }
        let match = cursor.match(closing)
        guard match != .unknown || isFinal else { return false }
        if match == .yes { cursor.advance(closing.count) }
        state = .content
        return true
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

extension SteppingParser {
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
