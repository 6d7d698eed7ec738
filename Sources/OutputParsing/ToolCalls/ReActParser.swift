/// Calls as the first Qwen models were asked to write them, after ReAct (Yao et al., 2022):
///
///     Thought: I need the weather.
///     Action: get_weather
///     Action Input: {"place": "Oslo"}
///     Observation: …
///     Thought: I know enough.
///     Final Answer: It rains.
///
/// Thoughts are reasoning, the final answer is content, and so is a text without these words. What the model itself
/// writes as an observation is made up, and left out.
struct ReActParser: SteppingParser {
    private enum Section { case content, thought, observation }

    private enum State {
        case lineStart, blank, line
        case name, beforeInput, inputStart
        case arguments(JSONScanner)
        /// Arguments that are no JSON from here on.
        case rest
        /// An input that is a plain text.
        case plain
    }

    private static let words = ["Thought:", "Action:", "Observation:", "Final Answer:"].map { Array($0.utf8) }
    private static let inputWord = [UInt8]("Action Input:")
    /// What ends an input that is no JSON.
    private static let inputEnds = ["\nObservation:", "\nThought:", "\nFinal Answer:"].map { Array($0.utf8) }
    private static let actionCount = 7

    private let tools: [ToolDescription]
    private var name = ""
    private var input: [UInt8] = []
    private var section = Section.content
    private var state = State.lineStart
    var cursor = TextCursor()

    init(_ tools: [ToolDescription]) {
        self.tools = tools
    }

    mutating func step(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch state {
        case .lineStart: return startLine(isFinal: isFinal)
        case .blank:
            // The space behind a word belongs to it.
            while cursor.next == 0x20 { cursor.advance() }
            guard cursor.next != nil || isFinal else { return false }
            state = .line
            return true
        case .line: return readLine(&sink, isFinal: isFinal)
        case .name:
            switch cursor.takeWord(while: { $0 != 0x0A }) {
            case .found(let line): name = line.trimmed.text
            case .open: return isFinal && giveUp(&sink)
            case .tooLong: return giveUp(&sink)
            }
            guard tools.contains(where: { $0.name == name }) else { return giveUp(&sink) }
            state = .beforeInput
            return true
        case .beforeInput:
            let match = pass(Self.inputWord)
            guard match == .yes else { return (isFinal || match == .no) && giveUp(&sink) }
            state = .inputStart
            return true
        case .inputStart: return startInput(&sink, isFinal: isFinal)
        case .arguments(var scanner):
            let progress = readObject(&scanner, &sink, isFinal: isFinal)
            state = progress == .done ? .line : progress == .more ? .arguments(scanner) : .rest
            return progress != .more
        case .rest: return readRest(&sink, isFinal: isFinal)
        case .plain: return readPlain(&sink, isFinal: isFinal)
        }
    }

    private mutating func startLine(isFinal: Bool) -> Bool {
        guard cursor.next != nil else { return false }
        let (match, word) = cursor.matchAny(Self.words)
        guard match != .unknown || isFinal else { return false }
        state = .line
        guard match == .yes else { return true }
        if word == 1 { cursor.setMark() }
        cursor.advance(Self.words[word].count)
        state = word == 1 ? .name : .blank
        if word != 1 { section = word == 0 ? .thought : word == 2 ? .observation : .content }
        return true
    }

    private mutating func readLine(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch cursor.search([[0x0A]]) {
        case .found(let text, _):
            put(text + [0x0A], &sink)
            state = .lineStart
            return true
        case .none(let text):
            put(text, &sink)
            return false
        }
    }

    private func put(_ text: ArraySlice<UInt8>, _ sink: inout OutputSink) {
        switch section {
        case .content: sink.content(text)
        case .thought: sink.reasoning(text)
        case .observation: break
        }
    }

    /// An action that names no tool, or has no input, is text.
    private mutating func giveUp(_ sink: inout OutputSink) -> Bool {
        section = .content
        sink.content(cursor.rewind(taking: Self.actionCount))
        state = .line
        return true
    }

    private mutating func startInput(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        let isOpen = !cursor.skipSpace()
        guard !isOpen || isFinal else { return false }
        cursor.release()
        section = .content
        sink.endReasoning()
        sink.beginCall(name.utf8)
        input = []
        state = cursor.next == UInt8(ascii: "{") ? .arguments(JSONScanner()) : .plain
        return true
    }

    private mutating func readRest(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        guard let end = readArguments(until: Self.inputEnds, &sink, isFinal: isFinal) else { return false }
        continueAfter(end)
        return true
    }

    private mutating func readPlain(_ sink: inout OutputSink, isFinal: Bool) -> Bool {
        switch cursor.search(Self.inputEnds) {
        case .found(let text, let end):
            input += text
            writeInput(&sink)
            continueAfter(end)
            return true
        case .none(let text):
            input += text
            guard isFinal else { return false }
            input += cursor.takeAll()
            writeInput(&sink)
            state = .line
            return true
        }
    }

    private mutating func continueAfter(_ end: Int) {
        section = [.observation, .thought, .content][end]
        state = .blank
    }

    /// A plain text is the value of the only parameter; where there are others it goes out as it is.
    private func writeInput(_ sink: inout OutputSink) {
        let text = input[...].trimmed
        let names = tools.first { $0.name == name }?.parameterNames ?? []
        if text.isEmpty {
            sink.arguments([UInt8]("{}"))
        } else if names.count == 1, let tool = tools.first(where: { $0.name == name }) {
            var writer = ArgumentsWriter()
            writer.member(names[0], json: tool.json(of: text.text, for: names[0]), &sink)
            writer.end(&sink)
        } else {
            sink.arguments(text)
        }
        sink.endCall()
    }
}
