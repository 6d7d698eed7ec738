import JSON
import ModelFiles

/// Reads a config.json key by key: under any of the names that families give a thing, within limits.
///
/// A multimodal model nests its decoder's keys; those of the outer object then stand in for what the inner
/// one lacks.
struct ConfigReader {
    /// The decoder's own object.
    let text: JSONValue
    private let root: JSONValue
    /// What the family's own code assumes where the file is silent.
    private let defaults: [String: Int]

    /// Widths and counts are bounded so that a product of three fits a machine word, and a few of those added up.
    static let widths = 1...(1 << 20)
    static let optionalWidths = 0...(1 << 20)
    static let layerCounts = 1...ModelFileLimits().layersMax
    static let contextLengths = 1...ModelFileLimits().contextLengthMax

    init(_ root: JSONValue) throws(ProfileError) {
        guard case .object = root else {
            throw .wrongType(key: "config.json", expected: "an object", value: root.kind)
        }
        let nested = ["text_config", "llm_config", "language_config"].lazy.compactMap { root[$0] }
            .first { $0.objectValue != nil }
        self.root = root
        text = nested ?? root
        defaults = nested == nil ? [:] : Self.nestedDefaults[text["model_type"]?.stringValue ?? ""] ?? [:]
    }

    /// The architecture's name.
    var family: String {
        text["model_type"]?.stringValue ?? root["model_type"]?.stringValue
            ?? root["architectures"]?[0]?.stringValue ?? "unknown"
    }

    /// The value of the first of these keys that is there.
    func value(_ names: String...) -> (key: String, value: JSONValue)? { first(of: names) }

    func integer(_ names: String..., in limit: ClosedRange<Int> = widths) throws(ProfileError) -> Int? {
        try integer(names, in: limit)
    }

    /// The integer under the first of these keys that is there.
    /// - Throws: ``ProfileError/missing(key:)`` where none is.
    func required(_ names: String..., in limit: ClosedRange<Int> = widths) throws(ProfileError) -> Int {
        guard let value = try integer(names, in: limit) else { throw .missing(key: names[0]) }
        return value
    }

    func flag(_ names: String...) throws(ProfileError) -> Bool? {
        guard let (key, value) = first(of: names) else { return nil }
        guard let flag = value.boolValue else {
            throw .wrongType(key: key, expected: "true or false", value: value.serialized())
        }
        return flag
    }

    /// A list of integers, such as the numbers of some layers.
    func integers(_ name: String) throws(ProfileError) -> [Int]? {
        guard let (key, value) = first(of: [name]) else { return nil }
        let numbers = value.arrayValue?.compactMap(\.intValue)
        guard let numbers, numbers.count == value.arrayValue?.count else {
            throw .wrongType(key: key, expected: "a list of integers", value: value.kind)
        }
        return numbers
    }

    private func integer(_ names: [String], in limit: ClosedRange<Int>) throws(ProfileError) -> Int? {
        guard let (key, value) = first(of: names) else { return names.lazy.compactMap { defaults[$0] }.first }
        guard let number = value.intValue else {
            guard value.doubleValue == nil else {
                throw .outOfRange(key: key, value: value.serialized(), limit: limit)
            }
            throw .wrongType(key: key, expected: "an integer", value: value.kind)
        }
        guard limit.contains(number) else { throw .outOfRange(key: key, value: "\(number)", limit: limit) }
        return number
    }

    private func first(of names: [String]) -> (key: String, value: JSONValue)? {
        for object in [text, root] {
            for name in names {
                if let value = object[name], !value.isNull { return (name, value) }
            }
        }
        return nil
    }

    /// Wrappers write only what differs from the decoder's defaults in Transformers.
    private static let nestedDefaults: [String: [String: Int]] = {
        let gemma3 = [
            "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "vocab_size": 262_208,
            "sliding_window": 4096, "sliding_window_pattern": 6, "max_position_embeddings": 131_072,
        ]
        let llama = [
            "hidden_size": 4096, "intermediate_size": 11_008, "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "vocab_size": 32_000, "max_position_embeddings": 2048,
        ]
        var mistral = llama
        mistral.merge(["intermediate_size": 14_336, "num_key_value_heads": 8]) { $1 }
        return ["gemma3_text": gemma3, "llama": llama, "mistral": mistral]
    }()
}
