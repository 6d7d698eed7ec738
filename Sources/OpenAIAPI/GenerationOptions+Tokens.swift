import JSON
import OrderedCollections
import Sampling
import Tokenizers
import Tokens

/// Parameters that name tokens.
extension GenerationOptions {
    static func logitBias(
        _ fields: inout RequestFields, _ vocabularySize: Int, _ limits: APILimits
    ) throws(APIError) -> [TokenID: Float] {
        guard let entries = try fields.object("logit_bias") else { return [:] }
        try RequestFields.check(count: entries.count, of: "logit_bias", maxCount: limits.logitBiasMax)
        var biases: [TokenID: Float] = [:]
        for (key, value) in entries {
            guard let id = Int(key), 0..<vocabularySize ~= id else {
                throw .invalid(
                    "logit_bias",
                    "logit_bias must have token ids from 0 to \(vocabularySize - 1) as names, "
                        + "not \(APIError.quoted(key))")
            }
            biases[TokenID(id)] = try RequestFields.number(value, "logit_bias", -100...100)
        }
        return biases
    }

    static func stopTokens(
        _ fields: inout RequestFields, _ vocabularySize: Int, _ limits: APILimits
    ) throws(APIError) -> [TokenID] {
        try tokens(
            fields.array("stop_token_ids", maxCount: limits.stopTokensMax) ?? [], "stop_token_ids",
            vocabularySize)
    }

    static func allowedTokens(
        _ fields: inout RequestFields, _ vocabularySize: Int
    ) throws(APIError) -> [TokenID]? {
        guard let values = try fields.array("allowed_token_ids", maxCount: vocabularySize) else { return nil }
        guard !values.isEmpty else {
            throw .invalid("allowed_token_ids", "allowed_token_ids must have at least one entry")
        }
        return try tokens(values, "allowed_token_ids", vocabularySize)
    }

    /// Each word as it is spelt at the start of a text and after a space, as in vLLM.
    static func badWords(
        _ fields: inout RequestFields, _ tokenizer: Tokenizer, _ limits: APILimits
    ) throws(APIError) -> [[TokenID]] {
        var words: [[TokenID]] = []
        for value in try fields.array("bad_words", maxCount: limits.badWordsMax) ?? [] {
            guard let word = value.stringValue, 1...limits.stopStringBytesMax ~= word.utf8.count else {
                throw .invalid(
                    "bad_words",
                    "each of bad_words must be a string of 1 to \(limits.stopStringBytesMax) bytes, "
                        + "not \(APIError.quoted(value.serialized()))")
            }
            let plain = String(word.drop { $0 == " " })
            for spelling in [plain, " " + plain] where !spelling.allSatisfy({ $0 == " " }) {
                let tokens = tokenizer.encode(spelling, addSpecialTokens: false, parseSpecialTokens: false)
                if !words.contains(tokens) { words.append(tokens) }
            }
        }
        return words
    }

    /// Token ids out of an array of numbers.
    static func tokens(
        _ values: [JSONValue], _ name: String, _ vocabularySize: Int
    ) throws(APIError) -> [TokenID] {
        var tokens: [TokenID] = []
        tokens.reserveCapacity(values.count)
        for value in values {
            tokens.append(TokenID(try RequestFields.int(value, name, 0...(vocabularySize - 1))))
        }
        return tokens
    }
}
