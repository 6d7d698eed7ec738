/// Takes a model's text apart as it comes: thoughts first, then content and calls of tools.
///
/// The text may be cut anywhere between characters: what comes out is the same, joined. No delta holds markup; a text
/// that only began like markup comes out as soon as that is known.
package struct OutputParser: Sendable {
    private var reasoning: ReasoningParser?
    private var tools: (any ToolCallParser)?
    private var sink: OutputSink

    /// Makes a parser for one answer; a copy of one that has read nothing serves another answer.
    ///
    /// - Parameters:
    ///   - format: how the model writes calls; nil where it is offered no tools.
    ///   - tools: the tools that it is offered.
    ///   - callsMax: after so many calls the answer is complete, and nothing more comes out.
    ///   - reasoning: how the model sets its thoughts apart; nil where it does not.
    ///   - start: where the prompt left off.
    package init(
        format: ToolCallFormat? = nil, tools: [ToolDescription] = [], callsMax: Int = .max,
        reasoning: ReasoningFormat? = nil, start: ReasoningStart = .open
    ) {
        // Where messages stand in channels, one walk tells thoughts, calls and content apart.
        let format = reasoning == .harmony ? .harmony : format
        self.tools = format.map { $0.parser(tools) }
        let trial = format.flatMap { CallTrial($0, tools) }
        self.reasoning =
            format == .harmony ? nil : reasoning.map { ReasoningParser($0, start: start, trial: trial) }
        sink = OutputSink(
            holdsSpace: format != nil, callsMax: callsMax, identifiers: format?.identifiers ?? .openAI)
    }

    /// Whether what comes next belongs to the model's thoughts.
    package var isReasoning: Bool { reasoning?.isReasoning ?? tools?.isReasoning ?? false }

    /// Whether there are as many calls as there may be.
    package var isComplete: Bool { sink.isComplete }

    /// Reads a piece of text.
    package mutating func append(_ text: String) -> [OutputEvent] {
        guard !text.isEmpty else { return [] }
        read(Array(text.utf8))
        return sink.takeEvents()
    }

    /// Gives out what was held back, now that nothing follows.
    package mutating func finish() -> [OutputEvent] {
        if reasoning != nil {
            let content = reasoning?.finish(&sink) ?? []
            readContent(content)
        }
        tools?.finish(&sink)
        sink.finish()
        return sink.takeEvents()
    }

    private mutating func read(_ bytes: [UInt8]) {
        guard reasoning != nil else { return readContent(bytes) }
        readContent(reasoning?.read(bytes, &sink) ?? [])
    }

    private mutating func readContent(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        guard tools != nil else { return sink.content(bytes) }
        tools?.read(bytes, &sink)
    }
}

extension OutputParser {
    /// Takes a whole text apart.
    package mutating func parse(_ text: String) -> ParsedOutput {
        var output = ParsedOutput()
        output.append(append(text))
        output.append(finish())
        return output
    }
}
