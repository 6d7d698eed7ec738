/// Writes the arguments of a call as JSON, for formats that write them in some other way.
struct ArgumentsWriter: Sendable {
    private var isEmpty = true

    /// Begins a member; its value follows.
    mutating func beginMember(_ name: String, _ sink: inout OutputSink) {
        var bytes: [UInt8] = isEmpty ? [UInt8]("{") : [UInt8](", ")
        isEmpty = false
        bytes.append(UInt8(ascii: "\""))
        for byte in name.utf8 { JSONScanner.escape(byte, to: &bytes) }
        bytes += [UInt8](#"": "#)
        sink.arguments(bytes)
    }

    /// A whole member.
    mutating func member(_ name: String, json: String, _ sink: inout OutputSink) {
        beginMember(name, &sink)
        sink.arguments(Array(json.utf8))
    }

    /// A piece of a value that is a string; its quotes are the caller's.
    func stringPiece(_ bytes: some Sequence<UInt8>, _ sink: inout OutputSink) {
        var escaped: [UInt8] = []
        for byte in bytes { JSONScanner.escape(byte, to: &escaped) }
        sink.arguments(escaped)
    }

    /// The quote at either end of a string.
    func quote(_ sink: inout OutputSink) { sink.arguments([UInt8](#"""#)) }

    /// Closes the object.
    func end(_ sink: inout OutputSink) { sink.arguments(isEmpty ? [UInt8]("{}") : [UInt8]("}")) }
}
