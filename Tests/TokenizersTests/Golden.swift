import Glibc
import JSON
import ModelFiles
import Testing
import Tokenizers
import Tokens

/// The golden data that `Golden/make.py` makes, and the models that it is made from.
enum Golden {
    static func json(_ name: String) throws -> JSONValue {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return try JSONValue(parsing: bytes(at: "/\(folder)/Golden/\(name).json"))
    }

    static func texts() throws -> [String] { try strings(json("texts")) }

    static func strings(_ value: JSONValue?) throws -> [String] {
        try #require(value?.arrayValue).map { try #require($0.stringValue) }
    }

    static func rows(_ value: JSONValue?) throws -> [[Int]] {
        try #require(value?.arrayValue).map { row in
            try #require(row.arrayValue).map { try #require($0.intValue) }
        }
    }

    static func bytes(at path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "rb"), "cannot open \(path)")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}

/// A model on this machine whose vocabulary the golden ids are of.
enum TestModel: String, CaseIterable, CustomTestStringConvertible {
    case smollm2 = "SmolLM2-135M-Instruct.Q4_1.gguf"
    case qwen2 = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"

    var testDescription: String { "\(self)" }

    var path: String {
        let home = getenv("HOME").map { String(cString: $0) } ?? ""
        let folder =
            getenv("NEEDLETAIL_MODELS").map { String(cString: $0) } ?? home + "/.cache/needletail/models"
        return "\(folder)/\(rawValue)"
    }

    static var areThere: Bool { allCases.allSatisfy { access($0.path, R_OK) == 0 } }

    static let missing: Comment = "the model files are not in NEEDLETAIL_MODELS (~/.cache/needletail/models)"

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
            "added_tokens": .array(added), "normalizer": self == .qwen2 ? ["type": "NFC"] : nil,
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
