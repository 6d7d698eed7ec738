import JSON
import TestSupport
import Testing
import Tokenizers
import Tokens

struct StreamingDetokenizerTests {
    @Test(arguments: ["llama3", "sentencepiece", "metaspace"])
    func `joins to what decoding at once gives, and never emits half a character`(_ name: String) throws {
        let golden = try Golden.json("trained-\(name).json")
        let tokenizer = try Tokenizer(tokenizerJSON: #require(golden["tokenizer"]).serializedBytes())
        var random = RepeatableRandom(seed: 7)
        var rows = try Golden.rows(golden["framed"]).map { $0.map { TokenID($0) } }
        for _ in 0..<300 {
            rows.append(
                (0..<12).map { _ in TokenID(Int.random(in: 0..<tokenizer.vocabularySize, using: &random)) })
        }
        for row in rows {
            for skips in [false, true] {
                var stream = StreamingDetokenizer(tokenizer, skipSpecialTokens: skips)
                var text = ""
                for token in row { text += stream.append(token) }
                text += stream.finish()
                #expect(
                    Array(text.utf8) == Array(tokenizer.decode(row, skipSpecialTokens: skips).utf8), "\(row)")
            }
        }
    }

    @Test func `holds the bytes of a character back until it is whole`() throws {
        let golden = try Golden.json("trained-sentencepiece.json")
        let tokenizer = try Tokenizer(tokenizerJSON: #require(golden["tokenizer"]).serializedBytes())
        // Byte tokens follow the three special ones.
        let bytes = "é😀".utf8.map { TokenID(Int($0) + 3) }
        var stream = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
        #expect(bytes.map { stream.append($0) } == ["", "é", "", "", "", "😀"])
        #expect(stream.append(bytes[2]) == "" && stream.append(bytes[3]) == "")
        #expect(stream.finish() == "\u{FFFD}")
        #expect(stream.finish() == "")
    }
}
