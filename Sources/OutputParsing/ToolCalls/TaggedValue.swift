/// One argument that stands between tags as plain text.
///
/// A parameter that is a text goes out as it comes; others wait for their end, where their type is settled.
struct TaggedValue: Sendable {
    private let name: String
    private let tool: ToolDescription
    private let isText: Bool
    /// Whether one line break at either end belongs to the tags.
    private let trimsBreaks: Bool
    private var held: [UInt8] = []
    private var isAtStart = true
    private var hasBegun = false

    init(_ name: String, of tool: ToolDescription, trimsBreaks: Bool) {
        self.name = name
        self.tool = tool
        self.trimsBreaks = trimsBreaks
        isText = tool.isText(name)
    }

    /// Reads a piece of the value.
    mutating func read(
        _ bytes: some Collection<UInt8>, _ writer: inout ArgumentsWriter, _ sink: inout OutputSink
    ) {
        guard !bytes.isEmpty else { return }
        held += bytes
        guard isText else { return }
        begin(&writer, &sink)
        dropFirstBreak()
        let isBroken = trimsBreaks && held.last == 0x0A
        writer.stringPiece(isBroken ? held.dropLast() : held[...], &sink)
        held = isBroken ? [0x0A] : []
    }

    /// The value is complete.
    mutating func end(_ writer: inout ArgumentsWriter, _ sink: inout OutputSink) {
        if isText {
            begin(&writer, &sink)
            writer.quote(&sink)
            return
        }
        dropFirstBreak()
        if trimsBreaks, held.last == 0x0A { held.removeLast() }
        writer.member(name, json: tool.json(of: held.text, for: name), &sink)
    }

    /// The text is over before the value is: what there is goes out as it is.
    mutating func interrupt(_ writer: inout ArgumentsWriter, _ sink: inout OutputSink) {
        if isText {
            begin(&writer, &sink)
            writer.stringPiece(held, &sink)
        } else {
            writer.member(name, json: held.text, &sink)
        }
    }

    private mutating func begin(_ writer: inout ArgumentsWriter, _ sink: inout OutputSink) {
        guard !hasBegun else { return }
        hasBegun = true
        writer.beginMember(name, &sink)
        writer.quote(&sink)
    }

    private mutating func dropFirstBreak() {
        guard isAtStart, !held.isEmpty else { return }
        isAtStart = false
        if trimsBreaks, held.first == 0x0A { held.removeFirst() }
    }
}
