/// Cuts a stream of server-sent events (WHATWG HTML, section 9.2) into the payloads of their `data:` lines.
struct EventLines {
    private static let newline = UInt8(ascii: "\n")
    private static let field = Array("data:".utf8)

    /// What came after the last whole line.
    private var rest: [UInt8] = []

    /// Takes bytes of the stream, cut anywhere, and hands over the payload of each line that they complete.
    mutating func append(
        _ bytes: some Collection<UInt8>, payload: (ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        rest.append(contentsOf: bytes)
        var start = 0
        while let end = rest[start...].firstIndex(of: Self.newline) {
            var line = rest[start..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.starts(with: Self.field) {
                line.removeFirst(Self.field.count)
                if line.first == UInt8(ascii: " ") { line.removeFirst() }
                try payload(line)
            }
            start = end + 1
        }
        rest.removeFirst(start)
    }
}
