import JSON
import ModelFiles
import TestSupport
import Testing
import Tokenizers
import Tokens

/// What `Golden/make.py` makes.
extension Golden {
    static func texts() throws -> [String] { try strings(json("texts.json")) }

    static func strings(_ value: JSONValue?) throws -> [String] {
        try #require(value?.arrayValue).map { try #require($0.stringValue) }
    }

    static func rows(_ value: JSONValue?) throws -> [[Int]] {
        try #require(value?.arrayValue).map { row in
            try #require(row.arrayValue).map { try #require($0.intValue) }
        }
    }
}

/// The models whose vocabulary the golden ids are of.
extension FetchedModel {
    func metadata() throws -> GGUFMetadata { try GGUFFile(path: path).metadata }

    func tokenizer() throws -> Tokenizer { try Tokenizer(metadata()) }

    /// The tokenizer.json that belongs to the model, with `pattern` in the place of the official expression.
    func tokenizerJSON(preTokenizer: JSONValue) throws -> [UInt8] {
        let metadata = try metadata()
        let tokens = try #require(metadata["tokenizer.ggml.tokens"]?.arrayValue?.strings)
        let types = try #require(metadata["tokenizer.ggml.token_type"]?.arrayValue?.integers)
        let merges = try #require(metadata["tokenizer.ggml.merges"]?.arrayValue?.strings)
        let quoted = { (text: String) in JSONValue.string(text).serialized() }
        var added: [JSONValue] = []
        for (id, token) in tokens.enumerated() where types[id] == 3 || types[id] == 4 {
            added.append(["id": .int(id), "content": .string(token), "special": .bool(types[id] == 3)])
        }
        let head: JSONValue = [
            "added_tokens": .array(added), "normalizer": self == .qwenCoder ? ["type": "NFC"] : nil,
            "pre_tokenizer": preTokenizer, "decoder": ["type": "ByteLevel"],
        ]
        let vocabulary = tokens.enumerated().map { "\(quoted($1)):\($0)" }.joined(separator: ",")
        let rules = merges.map(quoted).joined(separator: ",")
        let model = "\"model\":{\"type\":\"BPE\",\"vocab\":{\(vocabulary)},\"merges\":[\(rules)]}}"
        return Array((head.serialized().dropLast() + "," + model).utf8)
    }
}

extension Tokenizer {
    func ids(_ text: String, framed: Bool = false) -> [Int] {
        encode(text, addSpecialTokens: framed).map(\.index)
    }
}
