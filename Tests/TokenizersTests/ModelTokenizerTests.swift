import JSON
import TestSupport
import Testing
import Tokenizers
import Tokens

struct ModelTokenizerTests {
    @Test(arguments: FetchedModel.present)
    func `encodes as Hugging Face's tokenizers do`(_ model: FetchedModel) throws {
        let tokenizer = try model.tokenizer()
        let texts = try Golden.texts()
        let golden = try Golden.rows(Golden.json("\(model.name).json"))
        #expect(texts.count == golden.count && texts.count >= 300)
        for (text, ids) in zip(texts, golden) {
            #expect(tokenizer.ids(text) == ids, "\(text.debugDescription)")
        }
    }

    @Test(arguments: FetchedModel.present)
    func `encodes the same from a tokenizer.json, by hand-written and by general patterns`(
        _ model: FetchedModel
    ) throws {
        let texts = try Golden.texts()
        let golden = try Golden.rows(Golden.json("\(model.name).json"))
        for isGeneral in [false, true] {
            let preTokenizer = PreTokenizers.official(model, isGeneral: isGeneral)
            let tokenizer = try Tokenizer(tokenizerJSON: model.tokenizerJSON(preTokenizer: preTokenizer))
            for (text, ids) in zip(texts, golden) {
                #expect(tokenizer.ids(text) == ids, "\(text.debugDescription)")
            }
        }
    }

    @Test(arguments: FetchedModel.present)
    func `decodes what it encoded to the same text`(_ model: FetchedModel) throws {
        let tokenizer = try model.tokenizer()
        // SmolLM2's vocabulary has no entry for byte 29 and drops it, as the original does.
        for text in try Golden.texts() where model == .qwenCoder || !text.utf8.contains(29) {
            let decoded = tokenizer.decode(
                tokenizer.encode(text, addSpecialTokens: true), skipSpecialTokens: false)
            if model == .qwenCoder {
                // Strings compare by canonical equivalence, which is all that NFC keeps.
                #expect(decoded == text)
            } else {
                #expect(Array(decoded.utf8) == Array(text.utf8))
            }
        }
    }

    @Test(arguments: FetchedModel.present)
    func `spells special tokens out where they are not to be parsed`(_ model: FetchedModel) throws {
        let tokenizer = try model.tokenizer()
        let text = "<|im_start|>user"
        let parsed = tokenizer.encode(text, addSpecialTokens: false)
        let spelled = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
        #expect(tokenizer.isSpecial(parsed[0]))
        #expect(!spelled.contains(where: tokenizer.isSpecial))
        #expect(tokenizer.decode(spelled, skipSpecialTokens: true) == text)
        #expect(tokenizer.decode(parsed, skipSpecialTokens: true) == "user")
    }

    @Test(arguments: FetchedModel.present)
    func `knows the tokens that start and end a sequence`(_ model: FetchedModel) throws {
        let tokenizer = try model.tokenizer()
        #expect(tokenizer.endText == "<|im_end|>")
        #expect(tokenizer.beginningText == (model == .qwenCoder ? "<|endoftext|>" : "<|im_start|>"))
        #expect(tokenizer.vocabularySize == (model == .qwenCoder ? 151_936 : 49_152))
        #expect(tokenizer.encode("", addSpecialTokens: true).isEmpty)
    }

    @Test(arguments: FetchedModel.present)
    func `takes one long word in a time proportional to it`(_ model: FetchedModel) throws {
        let tokenizer = try model.tokenizer()
        let text = String(repeating: "abcdefghij", count: 100_000)
        let clock = ContinuousClock()
        var tokens: [TokenID] = []
        let elapsed = clock.measure { tokens = tokenizer.encode(text, addSpecialTokens: false) }
        #expect(tokenizer.decode(tokens, skipSpecialTokens: false) == text)
        // A quadratic loop would take minutes.
        #expect(elapsed < .seconds(20))
    }

    @Test(.needs(.smollm2)) func `ids that are no token read as nothing`() throws {
        let tokenizer = try FetchedModel.smollm2.tokenizer()
        let strange = [
            TokenID(rawValue: -1), TokenID(rawValue: .max), TokenID(rawValue: .min), TokenID(49_152),
        ]
        #expect(tokenizer.decode(strange, skipSpecialTokens: false) == "")
        #expect(strange.allSatisfy { tokenizer.piece($0).isEmpty && !tokenizer.isSpecial($0) })
    }
}
