import JSON

/// Calls whose arguments stand between tags, see ``ArgumentTags``. The tool's schema tells which of them are text.
struct ArgumentTagsParser: RetreatingParser {
    private enum State {
        case content, opened, name
        /// Behind a call's name, or an argument.
        case body
        case key, afterKey, value
        /// Behind a call.
        case end
    }

    private let tags: ArgumentTags
    private let tools: [ToolDescription]
    private var tool = ToolDescription(name: "", parameters: nil)
    private var writer = ArgumentsWriter()
    private var key: [UInt8] = []
    private var value: TaggedValue?
    /// How much of what comes back, where it is no call after all, is certainly content.
    private var takenBack = 0
    private var state = State.content
    var cursor = TextCursor()

    init(_ tags: ArgumentTags, _ tools: [ToolDescription]) {
        self.tags = tags
        self.tools = tools
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .content:
            // A function may come without the tags around it.
            let markers = tags.function.isEmpty ? [tags.opening] : [tags.opening, tags.function]
            guard let marker = readContent(until: markers, &sink, isFinal: isFinal) else { return false }
            takenBack = markers[marker].count
            cursor.setMark(back: takenBack)
            state = marker == 0 && !tags.function.isEmpty ? .opened : .name
            return true
        case .opened:
            let match = pass(tags.function)
            guard match == .yes else { return giveUp(&sink, match, isFinal: isFinal) }
            state = .name
            return true
        case .name: return readName(&sink, isFinal: isFinal)
        case .body: return readBody(&sink, isFinal: isFinal)
        case .key: return readKey(&sink, isFinal: isFinal)
        case .afterKey:
            let match = pass(tags.value)
            guard match == .yes else { return (match == .no || isFinal) && end(&sink) }
            state = .value
            return true
        case .value: return readValue(&sink, isFinal: isFinal)
        case .end:
            guard passClosing(tags.closing, isFinal: isFinal) else { return false }
            state = .content
            return true
        }
    }

    mutating func giveUp(_ sink: inout OutputSink, isCut: Bool) -> Bool {
        giveBack(takenBack, &sink, isCut: isCut)
        state = .content
        return true
    }

    private mutating func readName(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard cursor.skipSpace() else { return isFinal && giveUp(&sink, isCut: true) }
        let name: ArraySlice<UInt8>
        switch cursor.takeWord(while: { $0.isNameByte || $0 == 0x20 }) {
        case .found(let word): name = word.trimmed
        case .open: return isFinal && giveUp(&sink, isCut: true)
        case .tooLong: return giveUp(&sink)
        }
        guard !name.isEmpty, name.allSatisfy(\.isNameByte) else { return giveUp(&sink) }
        if tags.nameEnd.isEmpty {
            guard cursor.next == 0x0A || cursor.next == UInt8(ascii: "<") else { return giveUp(&sink) }
        } else {
            let match = cursor.match(tags.nameEnd)
            // The name is read again when more is there.
            if match == .unknown, !isFinal {
                cursor.goBack(to: name.startIndex)
                return false
            }
            guard match == .yes else { return giveUp(&sink, isCut: match == .unknown) }
            cursor.advance(tags.nameEnd.count)
        }
        cursor.release()
        sink.beginCall(name)
        tool = tools.first { $0.name == name.text } ?? ToolDescription(name: name.text, parameters: nil)
        writer = ArgumentsWriter()
        state = .body
        return true
    }

    private mutating func end(_ sink: inout OutputSink) -> Bool {
        writer.end(&sink)
        sink.endCall()
        cursor.setMark()
        state = .end
        return true
    }

    private mutating func readBody(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        _ = cursor.skipSpace()
        let ends = tags.function.isEmpty ? [tags.closing] : [tags.functionEnd, tags.closing]
        let (match, marker) = cursor.matchAny([tags.key] + ends)
        guard match != .unknown || isFinal else { return false }
        if match == .unknown { _ = cursor.takeAll() }
        guard match == .yes, marker < 2 else { return end(&sink) }
        cursor.advance(marker == 0 ? tags.key.count : ends[0].count)
        guard marker == 0 else {
            _ = end(&sink)
            if tags.function.isEmpty { state = .content }
            return true
        }
        key = []
        state = .key
        return true
    }

    private mutating func readKey(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        let isFound: Bool
        switch cursor.search([tags.keyEnd]) {
        case .found(let text, _):
            key += text
            isFound = true
        case .none(let text):
            key += text
            isFound = false
        }
        if key.count > TextCursor.wordBytesMax { return end(&sink) }
        guard isFound else { return isFinal && end(&sink) }
        value = TaggedValue(key[...].trimmed.text, of: tool, trimsBreaks: tags.trimsBreaks)
        state = tags.value.isEmpty ? .value : .afterKey
        return true
    }

    private mutating func readValue(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch cursor.search(tags.valueEnds) {
        case .found(let text, let marker):
            value?.read(text, &writer, &sink)
            value?.end(&writer, &sink)
            key = []
            state = marker == 2 ? .key : .body
            return marker != 1 || end(&sink)
        case .none(let text):
            value?.read(text, &writer, &sink)
            guard isFinal else { return false }
            value?.read(cursor.takeAll(), &writer, &sink)
            value?.interrupt(&writer, &sink)
            sink.endCall()
            state = .content
            return true
        }
    }
}
