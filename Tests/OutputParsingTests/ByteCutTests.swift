import OutputParsing
import ServingFixtures
import Testing
import Tokenizers
import Tokens

/// Transcripts as a server gets them: bytes of tokens that end within characters, made whole by the detokeniser.
@Suite struct ByteCutTests {
    private static func texts(_ bytes: [UInt8], in groups: [Range<Int>], _ tokenizer: Tokenizer) -> [String] {
        var detokenizer = StreamingDetokenizer(tokenizer, skipSpecialTokens: true)
        var texts = groups.map { group in
            bytes[group].map { detokenizer.append(TokenID(Int($0))) }.joined()
        }
        texts.append(detokenizer.finish())
        return texts
    }

    @Test(arguments: Transcript.all)
    func `a text cut at any byte gives its calls, thoughts and content`(transcript: Transcript) throws {
        let tokenizer = try Fixtures.tokenizer()
        let bytes = Array(transcript.text.utf8)
        for cut in 0...bytes.count {
            let pieces = Self.texts(bytes, in: [0..<cut, cut..<bytes.count], tokenizer)
            transcript.check(pieces, "cut at byte \(cut)")
        }
        let singles = Self.texts(bytes, in: bytes.indices.map { $0..<($0 + 1) }, tokenizer)
        transcript.check(singles, "byte by byte")
    }

    /// Where the answer ends within a character, what is left of it is U+FFFD.
    @Test(arguments: Transcript.all)
    func `a text that ends at any byte gives the same whole and byte by byte`(transcript: Transcript) throws {
        let tokenizer = try Fixtures.tokenizer()
        let bytes = Array(transcript.text.utf8)
        var transcript = transcript
        transcript.markup = []
        for count in 0...bytes.count {
            let singles = Self.texts(bytes, in: (0..<count).map { $0..<($0 + 1) }, tokenizer)
            transcript.expectSame([singles.joined()], singles)
        }
    }
}
