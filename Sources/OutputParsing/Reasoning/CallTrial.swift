/// Tries whether a call begins where the model's thoughts, by their tags, go on.
///
/// Models forget to close their thoughts before they call a tool, and they think about calls in words. A marker within
/// thoughts ends them only if a call of a tool that is offered begins with it.
struct CallTrial: Sendable {
    /// The markers with which calls begin.
    let openings: [[UInt8]]

    private let names: Set<String>
    private let fresh: any ToolCallParser
    private var parser: any ToolCallParser
    private var sink = OutputSink(holdsSpace: true, callsMax: .max, identifiers: .openAI)

    /// Nil where calls of the format begin with nothing that could not be a thought.
    init?(_ format: ToolCallFormat, _ tools: [ToolDescription]) {
        guard !format.opensCalls.isEmpty else { return nil }
        openings = format.opensCalls.map { Array($0.utf8) }
        names = Set(tools.map(\.name))
        fresh = format.parser(tools)
        parser = fresh
    }

    /// Begins at a marker.
    mutating func begin() {
        parser = fresh
        sink = OutputSink(holdsSpace: true, callsMax: .max, identifiers: .openAI)
    }

    /// Reads the marker, and what follows it.
    ///
    /// - Returns: whether a call begins with it; nil where more text decides.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> Bool? {
        parser.read(Array(bytes), &sink)
        guard let first = sink.takeEvents().first else { return nil }
        if case .callBegan(_, _, let name) = first { return names.contains(name) }
        return false
    }
}
