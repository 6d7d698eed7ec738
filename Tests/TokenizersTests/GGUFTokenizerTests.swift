import Glibc
import JSON
import ModelFiles
import TestSupport
import Testing
import Tokenizers
import Tokens

/// Tokenizers from GGUF metadata that the tests write themselves.
struct GGUFTokenizerTests {
    @Test func `a SentencePiece vocabulary with scores encodes as its tokenizer.json does`() throws {
        let golden = try Golden.json("trained-sentencepiece.json")
        let entries = try #require(golden["tokenizer"]?["model"]?["vocab"]?.objectValue)
        let tokens = entries.sorted { $0.value.intValue ?? 0 < $1.value.intValue ?? 0 }.map(\.key)
        let types: [Int32] = tokens.indices.map { $0 == 0 ? 2 : $0 < 3 ? 3 : $0 < 259 ? 6 : 1 }
        var file = GGUFBuilder()
        file.add("tokenizer.ggml.model", "llama")
        file.add("tokenizer.ggml.tokens", tokens)
        file.add("tokenizer.ggml.token_type", types)
        file.add("tokenizer.ggml.scores", tokens.indices.map { -Float($0) })
        file.add("tokenizer.ggml.bos_token_id", 1)
        file.add("tokenizer.ggml.eos_token_id", 2)
        let tokenizer = try file.tokenizer()
        let rows = try Golden.rows(golden["ids"])
        for (text, ids) in zip(try Golden.strings(golden["texts"]), rows) where !text.contains("<s>") {
            #expect(tokenizer.ids(text) == ids, "\(text.debugDescription)")
            #expect(tokenizer.ids(text, framed: true) == [1] + ids)
            #expect(
                Array(tokenizer.decode(ids.map { TokenID($0) }, skipSpecialTokens: true).utf8)
                    == Array(text.utf8))
        }
    }

    @Test func `a byte-level vocabulary whose pre-tokeniser is unknown is refused with the known ones`() {
        var file = GGUFBuilder()
        file.add("tokenizer.ggml.model", "gpt2")
        file.add("tokenizer.ggml.tokens", ["a"])
        file.add("tokenizer.ggml.pre", "surprise")
        let error = #expect(throws: TokenizerError.self) { try file.tokenizer() }
        #expect(error?.kind == .unsupported)
        #expect(error?.reason.contains("qwen2") == true)
    }

    @Test(arguments: ["", "gpt2", "llama", "bert"])
    func `metadata that contradicts itself is refused`(_ model: String) {
        var file = GGUFBuilder()
        file.add("tokenizer.ggml.model", model)
        file.add("tokenizer.ggml.pre", "gpt-2")
        #expect(throws: TokenizerError.self) { try file.tokenizer() }
        file.add("tokenizer.ggml.tokens", ["a", "b", "a"])
        #expect(throws: TokenizerError.self) { try file.tokenizer() }
        file.add("tokenizer.ggml.merges", ["a b"])
        file.add("tokenizer.ggml.scores", [Float.nan, 0, 1])
        #expect(throws: TokenizerError.self) { try file.tokenizer() }
    }

    @Test func `of equal entries the first is used, and ids outside the vocabulary are refused`() throws {
        var file = GGUFBuilder()
        file.add("tokenizer.ggml.model", "gpt2")
        file.add("tokenizer.ggml.pre", "gpt-2")
        file.add("tokenizer.ggml.tokens", ["a", "b", "ab", "ab", "a"])
        file.add("tokenizer.ggml.merges", ["a b"])
        #expect(try file.tokenizer().ids("abab a") == [2, 2, 0])
        file.add("tokenizer.ggml.eos_token_id", 5)
        #expect(throws: TokenizerError.self) { try file.tokenizer() }
    }
}

/// Writes GGUF metadata (ggml-org/ggml, docs/gguf.md).
struct GGUFBuilder {
    private var pairs: [UInt8] = []
    private var count: UInt64 = 0

    mutating func add(_ key: String, _ value: String) {
        start(key, 8)
        append(value)
    }

    mutating func add(_ key: String, _ value: UInt32) {
        start(key, 4)
        append(value)
    }

    mutating func add(_ key: String, _ values: [String]) {
        start(key, 9)
        append(UInt32(8))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    mutating func add(_ key: String, _ values: [Int32]) {
        start(key, 9)
        append(UInt32(5))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    mutating func add(_ key: String, _ values: [Float]) {
        start(key, 9)
        append(UInt32(6))
        append(UInt64(values.count))
        for value in values { append(value.bitPattern) }
    }

    func tokenizer() throws -> Tokenizer {
        var header = GGUFBuilder()
        header.append(UInt32(0x4655_4747))
        header.append(UInt32(3))
        header.append(UInt64(0))
        header.append(count)
        var path = Array("/tmp/needletail-tokenizer-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        defer {
            close(descriptor)
            unlink(path)
        }
        let bytes = header.pairs + pairs
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        let name = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return try Tokenizer(GGUFFile(path: name).metadata)
    }

    private mutating func start(_ key: String, _ type: UInt32) {
        count += 1
        append(key)
        append(type)
    }

    private mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        pairs += Array(text.utf8)
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { pairs += Array($0) }
    }
}
