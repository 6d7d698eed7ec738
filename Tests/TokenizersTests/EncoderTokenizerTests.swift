import JSON
import ModelFiles
import TestSupport
import Testing
import Tokenizers
import Tokens

/// WordPiece and unigram tokenizers beside Hugging Face's (`Golden/make_encoders.py`).
struct EncoderTokenizerTests {
    private static func tokenizer(_ name: String, _ golden: JSONValue) throws -> Tokenizer {
        if name == "minilm" { return try Tokenizer(ModelFolder(path: FetchedEncoder.minilm.path)) }
        return try Tokenizer(tokenizerJSON: try #require(golden["tokenizer"]).serializedBytes())
    }

    private static func check(_ name: String) throws {
        let golden = try Golden.json(name == "minilm" ? "minilm.json" : "trained-\(name).json")
        let tokenizer = try tokenizer(name, golden)
        let texts = try Golden.strings(golden["texts"])
        let framed = try Golden.rows(golden["framed"])
        let decoded = try Golden.strings(golden["decoded"])
        for (index, row) in try Golden.rows(golden["ids"]).enumerated() {
            let text = texts[index]
            #expect(tokenizer.ids(text) == row, "\(text.debugDescription)")
            #expect(tokenizer.ids(text, framed: true) == framed[index], "\(text.debugDescription)")
            let ours = tokenizer.decode(row.map { TokenID($0) }, skipSpecialTokens: false)
            #expect(Array(ours.utf8) == Array(decoded[index].utf8), "\(text.debugDescription)")
        }
        try checkPairs(tokenizer, golden, texts)
    }

    private static func checkPairs(_ tokenizer: Tokenizer, _ golden: JSONValue, _ texts: [String]) throws {
        let pairs = try #require(golden["pairs"]?.arrayValue).map { try Golden.strings($0) }
        let ids = try Golden.rows(golden["pairIDs"])
        let types = try Golden.rows(golden["pairTypes"])
        let cut = try Golden.rows(golden["pairsOf24"])
        for (index, pair) in pairs.enumerated() {
            let encoded = tokenizer.encodePair(pair[0], pair[1])
            #expect(encoded.tokens.map(\.index) == ids[index], "\(pair)")
            #expect(encoded.types.map { Int($0) } == types[index], "\(pair)")
            let short = tokenizer.encodePair(pair[0], pair[1], countMax: 24)
            #expect(short.tokens.map(\.index) == cut[index], "\(pair)")
        }
        for (index, row) in try Golden.rows(golden["textsOf24"]).enumerated() {
            #expect(tokenizer.encode(texts[9 * index], countMax: 24).map(\.index) == row)
        }
    }

    @Test(.needs(.minilm)) func `encodes as MiniLM's own tokenizer does`() throws {
        try Self.check("minilm")
    }

    @Test(arguments: ["wordpiece", "unigram", "unigram-bytes"])
    func `encodes, pairs and decodes as Hugging Face's tokenizers do`(_ name: String) throws {
        try Self.check(name)
    }

    @Test
    func `cleans, strips accents and cuts by the categories of Unicode 8, as Hugging Face's tokenizers do`()
        throws
    {
        let file: JSONValue = [
            "model": [
                "type": "WordPiece", "unk_token": "?",
                "vocab": ["?": 0, "a": 1, "b": 2, "##b": 3, "⹂": 4, "᙭": 5],
            ],
            "normalizer": ["type": "BertNormalizer"], "pre_tokenizer": ["type": "BertPreTokenizer"],
        ]
        let tokenizer = try Tokenizer(tokenizerJSON: file.serializedBytes())
        // U+2E42 is punctuation of Unicode 7, U+2E45 of Unicode 10; U+166D was punctuation and is a symbol now.
        #expect(tokenizer.ids("a\u{2E42}b") == [1, 4, 2])
        #expect(tokenizer.ids("a\u{2E45}b") == [0])
        #expect(tokenizer.ids("a\u{166D}b") == [1, 5, 2])
        // A mark of Unicode 7, and one of Unicode 14; the latter two are a format character of 1.1 and of 9.
        #expect(tokenizer.ids("a\u{1AB0}b") == [1, 3] && tokenizer.ids("a\u{1AC1}b") == [0])
        #expect(tokenizer.ids("a\u{200D}b") == [1, 3] && tokenizer.ids("a\u{8E2}b") == [0])
    }

    @Test func `StripAccents drops marks and leaves letters that have their accent in them`() throws {
        let file: JSONValue = [
            "model": ["type": "WordPiece", "unk_token": "?", "vocab": ["?": 0, "e": 1, "é": 2, "क": 3]],
            "normalizer": ["type": "StripAccents"],
        ]
        let tokenizer = try Tokenizer(tokenizerJSON: file.serializedBytes())
        #expect(tokenizer.ids("e\u{301}") == [1] && tokenizer.ids("\u{E9}") == [2])
        // Marks that take room of their own go, too.
        #expect(tokenizer.ids("क\u{93E}") == [3])
    }

    @Test func `words without an end take a time proportional to them`() throws {
        for name in ["wordpiece", "unigram"] {
            let golden = try Golden.json("trained-\(name).json")
            let tokenizer = try Self.tokenizer(name, golden)
            let text = String(repeating: "größer", count: 50_000)
            let elapsed = ContinuousClock().measure { _ = tokenizer.encode(text, addSpecialTokens: true) }
            // A quadratic loop would take minutes.
            #expect(elapsed < .seconds(10))
        }
    }

    @Test func `a table of replacements that points anywhere is harmless`() throws {
        var random = RepeatableRandom(seed: 7)
        for _ in 0..<200 {
            var bytes: [UInt8] = [64, 0, 0, 0]
            for _ in 0..<64 { bytes.append(.random(in: 0...255, using: &random)) }
            bytes += Array("abc\0def\0".utf8)
            let file: JSONValue = [
                "model": [
                    "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["a", -1], ["b", -2]],
                ],
                "normalizer": ["type": "Precompiled", "precompiled_charsmap": .string(Self.base64(bytes))],
            ]
            let tokenizer = try Tokenizer(tokenizerJSON: file.serializedBytes())
            for text in ["abc", "é漢字\u{301}", "\u{0}\u{1F600}"] {
                #expect(tokenizer.ids(text).allSatisfy { (0..<3).contains($0) })
            }
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let number = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
            for place in 0...part.count { text.append(digits[number >> (18 - 6 * place) & 63]) }
        }
        return text
    }
}
