import JSON
import TestSupport
import Testing
import Tokenizers
import Tokens

/// Small tokenizers that `Golden/make.py` trains, one of each family.
struct TokenizerFileTests {
    @Test(arguments: ["llama3", "sentencepiece", "metaspace"])
    func `encodes and decodes as Hugging Face's tokenizers do`(_ name: String) throws {
        let golden = try Golden.json("trained-\(name).json")
        let file = try #require(golden["tokenizer"])
        let tokenizer = try Tokenizer(tokenizerJSON: file.serializedBytes())
        let framed = try Golden.rows(golden["framed"])
        let decoded = try Golden.strings(golden["decoded"])
        let rows = try Golden.rows(golden["ids"])
        for (index, text) in try Golden.strings(golden["texts"]).enumerated() {
            #expect(tokenizer.ids(text) == rows[index], "\(text.debugDescription)")
            #expect(tokenizer.ids(text, framed: true) == framed[index], "\(text.debugDescription)")
            // A token that is looked for in normalised text reads as the file spells it; the original
            // lowercases it.
            if text.contains("Upper") { continue }
            let tokens = rows[index].map { TokenID($0) }
            let ours = tokenizer.decode(tokens, skipSpecialTokens: false)
            #expect(Array(ours.utf8) == Array(decoded[index].utf8), "\(text.debugDescription)")
        }
    }

    @Test func `names the tokens that start and end a sequence from the config beside the file`() throws {
        let file = try #require(try Golden.json("trained-sentencepiece.json")["tokenizer"])
        let config: JSONValue = ["bos_token": "<s>", "eos_token": ["content": "</s>"]]
        let tokenizer = try Tokenizer(tokenizerJSON: file.serializedBytes(), config: config)
        #expect(tokenizer.beginningOfSequence == 1 && tokenizer.endOfSequence == 2)
        #expect(tokenizer.beginningText == "<s>" && tokenizer.endText == "</s>")
        #expect(tokenizer.isSpecial(1) && !tokenizer.isSpecial(300))
    }

    @Test func `canonically equivalent entries stay two entries`() throws {
        let text =
            #"{"model":{"type":"BPE","vocab":{"\u00e9":0,"e\u0301":1,"e":2,"\u0301":3},"merges":["e \u0301"]}}"#
        let tokenizer = try Tokenizer(tokenizerJSON: Array(text.utf8))
        #expect(tokenizer.ids("\u{E9}e\u{301}") == [0, 1])
    }

    static let faulty: [String] = [
        "", "{", "[]", "null", "{}x", #"{"model":{"vocab":{"a":-1}}}"#,
        #"{"model":{"vocab":{"a":99999999999999999999}}}"#,
        #"{"model":{"vocab":{"a":4000000}}}"#, #"{"model":{"vocab":{"a":0},"merges":["a"]}}"#,
        #"{"model":{"vocab":{"a":0},"merges":["a b"]}}"#, #"{"model":{"vocab":{"a":0},"merges":[["a"]]}}"#,
        #"{"model":{"vocab":{"a":0},"merges":["a b c"]}}"#, #"{"model":{"vocab":{"a":0,}}}"#,
        #"{"model":{"vocab":{"a"#,
        #"{"model":{"type":"Unigram","vocab":{"a":0}}}"#, #"{"model":{"type":"Unigram","vocab":[["a"]]}}"#,
        #"{"model":{"type":"Unigram","vocab":[["a",0.5]],"unk_id":1}}"#,
        #"{"model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"a":0}}}"#,
        #"{"model":{"type":"WordLevel"}}"#,
        #"{"model":{},"normalizer":{"type":"Precompiled","precompiled_charsmap":"%"}}"#,
        #"{"model":{},"normalizer":{"type":"Precompiled","precompiled_charsmap":"//8AAAAA"}}"#,
        #"{"model":{},"post_processor":{"type":"BertProcessing","sep":["x",9],"cls":["y",0]}}"#,
        #"{"model":{"type":"BPE","dropout":0.5}}"#,
        #"{"model":{"vocab":{"\ud8"#, #"{"model":{"continuing_subword_prefix":"\u0023\u0023"}}"#,
        #"{"model":{},"normalizer":{"type":"Precompiled"}}"#,
        #"{"model":{},"pre_tokenizer":{"type":"Bert"}}"#,
        #"{"model":{},"decoder":{"type":"CTC"}}"#, #"{"model":{},"post_processor":{"type":"Bert"}}"#,
        #"{"model":{},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},"behavior":"Isolated"}}"#,
        #"{"model":{},"added_tokens":[{"id":-1,"content":"x"}]}"#,
        #"{"model":{},"added_tokens":[{"id":1e9,"content":"x"}]}"#,
        #"{"model":{},"added_tokens":[{"content":"x"}]}"#,
        #"{"model":{},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x"}}],"special_tokens":{"x":{"ids":[7]}}}}"#,
        String(repeating: "[", count: 1_000_000), #"{"x":"# + String(repeating: "[", count: 1_000_000),
    ]

    @Test(arguments: faulty)
    func `a malformed or unsupported file is refused with a reason`(_ text: String) {
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(text.utf8)) }
        #expect(error?.reason.isEmpty == false)
    }

    @Test func `every truncation of a file is refused or harmless`() throws {
        let file = try #require(try Golden.json("trained-metaspace.json")["tokenizer"]).serializedBytes()
        for length in stride(from: 0, to: file.count - 1, by: 97) {
            #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(file[..<length])) }
        }
    }

    @Test func `a vocabulary without entries encodes to nothing`() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: Array(#"{"model":{}}"#.utf8))
        #expect(tokenizer.vocabularySize == 0 && tokenizer.ids("some text").isEmpty)
    }
}
