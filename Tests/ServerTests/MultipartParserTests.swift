import Server
import Testing

struct MultipartParserTests {
    private static let boundary = "----x-7"
    private static let form = """
        --\(boundary)\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        batch\r
        --\(boundary)\r
        Content-Disposition: form-data; name="file"; filename="a \\"b\\".jsonl"\r
        Content-Type: Application/JSONL; charset=utf-8\r
        \r
        line 1\r\n--\(boundary.dropLast())\r\n\r\n--\r
        \r
        --\(boundary)  \r
        Content-Disposition: form-data; name=empty\r
        \r
        \r
        --\(boundary)--\r
        epilogue
        """
    /// The file's bytes: much that looks like a boundary.
    private static let content = "line 1\r\n--\(boundary.dropLast())\r\n\r\n--\r\n"

    /// What a form says: each part's header and its bytes put together.
    private struct Part: Equatable {
        var header: MultipartHeader
        var text = ""
        var isWhole = false
    }

    private static func parts(
        of pieces: [ArraySlice<UInt8>], boundary: String = boundary,
        limits: MultipartLimits = MultipartLimits()
    ) throws -> [Part] {
        var parser = MultipartParser(boundary: Array(boundary.utf8), limits: limits)
        var parts: [Part] = []
        for piece in pieces {
            for event in try parser.append(piece) {
                switch event {
                case .begin(let header): parts.append(Part(header: header))
                case .bytes(let bytes): parts[parts.count - 1].text += String(decoding: bytes, as: UTF8.self)
                case .end: parts[parts.count - 1].isWhole = true
                }
            }
        }
        try parser.finish()
        return parts
    }

    private static let expected = [
        Part(header: MultipartHeader(name: "purpose"), text: "batch", isWhole: true),
        Part(
            header: MultipartHeader(
                name: "file", fileName: "a \"b\".jsonl", contentType: "application/jsonl"), text: content,
            isWhole: true),
        Part(header: MultipartHeader(name: "empty"), text: "", isWhole: true),
    ]

    @Test func `a form is the same wherever it is cut in two`() throws {
        let bytes = Array(Self.form.utf8)
        for cut in 0...bytes.count {
            #expect(try Self.parts(of: [bytes[..<cut], bytes[cut...]]) == Self.expected, "cut at \(cut)")
        }
    }

    @Test func `a form is the same in pieces of every size`() throws {
        let bytes = Array(Self.form.utf8)
        for size in 1...40 {
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                bytes[$0..<min($0 + size, bytes.count)]
            }
            #expect(try Self.parts(of: pieces) == Self.expected, "pieces of \(size)")
        }
    }

    @Test func `a form that breaks off anywhere is incomplete and nothing worse`() throws {
        let bytes = Array(Self.form.utf8)
        let end = bytes.count - "\r\nepilogue".utf8.count
        for count in 0..<end {
            #expect(throws: MultipartError.incomplete) { _ = try Self.parts(of: [bytes[..<count]]) }
        }
    }

    @Test func `bytes at random are refused, whatever they are`() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("\r\n-x7: ;=\"\\".utf8) + Array(Self.boundary.utf8)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            // Most end as an error; what matters is that all end.
            _ = try? Self.parts(of: [bytes[...]])
            _ = try? Self.parts(of: [Array("--\(Self.boundary)\r\n".utf8)[...], bytes[...]])
        }
    }

    @Test(
        arguments: [
            ("preface that is too long", String(repeating: "x", count: 2000), MultipartError.noBoundary),
            ("--b x\r\n", "", .badBoundaryLine), ("--bb\r\n", "", .badBoundaryLine),
            ("--b" + String(repeating: " ", count: 100), "", .badBoundaryLine),
            (
                "--b\r\nX: " + String(repeating: "y", count: 9000), "",
                .headerTooLarge(limit: MultipartLimits().headerBytesMax)
            ),
            ("--b\r\n\r\n\r\n--b--", "", .badHeader("must have a Content-Disposition of form-data")),
            ("--b\r\nno colon\r\n\r\n", "", .badHeader("has a line without a colon")),
            (
                "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n", "",
                .badHeader("must have a Content-Disposition of form-data")
            ),
            ("--b\r\nContent-Disposition: form-data\r\n\r\n", "", .badHeader("must name its field")),
            (
                "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                "",
                .badHeader("asks for a transfer encoding, which is not supported")
            ),
        ])
    func `what is no form is refused for what it is`(head: String, rest: String, error: MultipartError) {
        #expect(throws: error) { _ = try Self.parts(of: [Array((head + rest).utf8)[...]], boundary: "b") }
    }

    @Test func `a form has only so many parts`() {
        var limits = MultipartLimits()
        limits.partsMax = 3
        let part = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
        let form = String(repeating: part, count: 4) + "--b--"
        #expect(throws: MultipartError.tooManyParts(limit: 3)) {
            _ = try Self.parts(of: [Array(form.utf8)[...]], boundary: "b", limits: limits)
        }
    }

    @Test func `a boundary is taken out of the content type, quoted or not`() throws {
        for (type, boundary) in [
            ("multipart/form-data; boundary=abc", "abc"),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\"", "a b;c"),
        ] {
            #expect(try MultipartParser.boundary(of: type) == Array(boundary.utf8))
        }
        for type in [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a \"",
            "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
            "multipart/form-data; boundary=\u{E9}",
        ] {
            #expect(throws: MultipartError.badBoundary) { _ = try MultipartParser.boundary(of: type) }
        }
        #expect(throws: MultipartError.notForm) {
            _ = try MultipartParser.boundary(of: "multipart/mixed; boundary=a")
        }
    }
}
