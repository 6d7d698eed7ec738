import JSON
import OpenAIAPI
import Testing

struct SplittingTests {
    private static let text = """
        第一章 开始
        今天天气很好。我们去公园散步，看到了很多花；大家都很开心！

        The swift flies fast. It never lands, or hardly ever; it sleeps in the air!
        \(String(repeating: "x", count: 130))
        """

    private static func chunks(
        _ text: String, _ manner: TextSplitter.Manner, size: Int, overlap: Int
    ) -> [String] {
        TextSplitter(manner, size: size, overlap: overlap).split([text]) ?? []
    }

    @Test(arguments: TextSplitter.Manner.allCases, [5, 17, 50, 250])
    func `chunks are never too long, lose nothing, and overlap by whole pieces`(
        manner: TextSplitter.Manner, size: Int
    ) {
        let visible = { (text: String) in text.filter { !$0.isWhitespace } }
        let plain = Self.chunks(Self.text, manner, size: size, overlap: 0)
        #expect(visible(plain.joined()) == visible(Self.text))
        for chunk in plain { #expect(1...size ~= chunk.unicodeScalars.count) }
        let overlap = size / 3
        let chunks = Self.chunks(Self.text, manner, size: size, overlap: overlap)
        for chunk in chunks { #expect(1...size ~= chunk.unicodeScalars.count) }
        let total = chunks.reduce(0) { $0 + $1.unicodeScalars.count }
        #expect(total <= Self.text.unicodeScalars.count + overlap * chunks.count)
    }

    @Test func `sentences stay whole where they fit`() {
        let chunks = Self.chunks(
            "今天天气很好。我们去公园散步！Yes. It is so. And on it goes.", .chinese, size: 24, overlap: 0)
        #expect(chunks == ["今天天气很好。我们去公园散步！Yes.", "It is so.", "And on it goes."])
        #expect(Self.chunks("a\n\n\n\nb", .chinese, size: 10, overlap: 0) == ["a\nb"])
        #expect(Self.chunks(" \n\n ", .chinese, size: 10, overlap: 0) == [])
    }

    @Test func `the end of a chunk begins the next one`() {
        let chunks = Self.chunks("one two three four five six", .recursive, size: 12, overlap: 6)
        #expect(chunks == ["one two", "two three", "three four", "four five", "five six"])
    }

    private static func split(_ text: String, _ body: JSONValue, isHTML: Bool = false) throws -> [String] {
        let request = try SplitRequest(parsing: body, limits: APILimits())
        let answer = try request.response(
            Array(text.utf8), id: "docs-1", name: "a", isHTML: isHTML, source: ["filename": "a"])
        return answer["docs"]?.arrayValue?.compactMap { $0["page_content"]?.stringValue } ?? []
    }

    @Test(
        arguments: [
            ("<p>a<p>b", "a\nb"), ("a<br/>b<hr>c", "a\nb\nc"), ("<b>a</b> <i>b</i>", "a b"),
            ("<script>if (a < b) { '</p>' }</script>x", "x"), ("<STYLE>p{}</style >x", "x"),
            ("<!-- <p>no</p> -->x", "x"), ("a &lt;b&gt; &amp; &#x41;&#66; &nope; &", "a <b> & AB &nope; &"),
            ("<a title='>' href=\"x>y\">z</a>", "z"), ("a < b", "a < b"), ("<", "<"), ("<p", ""),
            ("<script>x", ""),
            ("&#0;&#1114112;x", "&#0;\u{FFFD}x"), ("<svg><text>no</text></svg>x", "x"),
            ("<!DOCTYPE html>x", "x"),
        ])
    func `a page's text is what its reader sees`(html: String, text: String) throws {
        #expect(try Self.split(html, [:], isHTML: true).joined(separator: "|") == text)
    }

    @Test func `Markdown is cut at its headings, not inside code`() throws {
        let text = "intro\n# A\na\n```\n# no heading\n```\n## B\nb\n#no heading"
        let sections = try Self.split(text, ["text_splitter_name": "MarkdownHeaderTextSplitter"])
        #expect(sections == ["intro", "# A\na\n```\n# no heading\n```", "## B\nb\n#no heading"])
    }

    @Test func `lines end as other systems end them, too`() throws {
        let text = "intro\n# A\na\n\nb\n## B\n"
        for ending in ["\r\n", "\r"] {
            let foreign = text.replacing("\n", with: ending)
            for manner in TextSplitter.Manner.allCases {
                let body: JSONValue = [
                    "text_splitter_name": .string(manner.rawValue), "chunk_size": 8, "chunk_overlap": 0,
                ]
                #expect(try Self.split(foreign, body) == Self.split(text, body), "\(manner)")
            }
        }
    }

    @Test func `a run of full stops takes a time proportional to it`() {
        let text = String(repeating: ".", count: 2_000_000) + String(repeating: "\n ", count: 1000)
        let elapsed = ContinuousClock().measure {
            let chunks = Self.chunks(text, .chinese, size: 250, overlap: 50)
            #expect(chunks.count == 8000)
        }
        // Each one looked at from all before it would take an hour.
        #expect(elapsed < .seconds(20))
    }

    @Test(arguments: [(1, 0), (999_999, 999_998), (100, 99)])
    func `chunks that come to too much are refused with the limit, whatever it is`(
        size: Int, overlap: Int
    ) throws {
        let text = String(repeating: "ab ", count: 400_000)
        let error = #expect(throws: APIError.self) {
            try Self.split(
                text,
                [
                    "chunk_size": .int(size), "chunk_overlap": .int(overlap),
                    "text_splitter_name": "RecursiveCharacterTextSplitter",
                ])
        }
        #expect(error?.parameter == "chunk_size" && error?.message.contains("100000") == true)
    }

    @Test func `what follows a numbered title names it`() throws {
        let chunks = try Self.split(
            "第1章 开始\n\n今天天气很好。", ["chunk_size": 8, "chunk_overlap": 0, "zh_title_enhance": true])
        #expect(chunks == ["第1章 开始", "下文与(第1章 开始)有关。今天天气很好。"])
    }

    @Test(
        arguments: [
            (#"{"url": "http://x"}"#, "url"), (#"{"chunk_size": 0}"#, "chunk_size"),
            (#"{"chunk_size": 10, "chunk_overlap": 10}"#, "chunk_overlap"),
            (#"{"text_splitter_name": "SpacyTextSplitter"}"#, "text_splitter_name"),
        ])
    func `what cannot be is refused by its name`(body: String, parameter: String) throws {
        let error = #expect(throws: APIError.self) {
            _ = try SplitRequest(parsing: try JSONValue(parsing: body), limits: APILimits())
        }
        #expect(error?.parameter == parameter)
    }

    @Test(arguments: [[0x50, 0x4B, 0x03, 0x04, 0xFF], [0x25, 0x50, 0x00, 0x44]] as [[UInt8]])
    func `a file that is no text is refused`(bytes: [UInt8]) throws {
        let request = try SplitRequest(parsing: [:], limits: APILimits())
        let error = #expect(throws: APIError.self) {
            _ = try request.response(bytes, id: "d", name: "a.zip", isHTML: false, source: nil)
        }
        #expect(error?.code == "unsupported_file")
    }
}
