/// A variable of api-for-open-llm, and what it means here.
package struct KnownVariable: Sendable, Equatable {
    /// What a variable does.
    package enum Meaning: Sendable, Equatable {
        /// It sets this setting.
        case sets(Setting)
        /// It sets nothing by itself, but is held against the other settings or the model; the sentence
        /// says how.
        case checked(String)
        /// It does nothing; the sentence says why, and what to use instead.
        case withoutEffect(String)
    }

    /// The part of api-for-open-llm that reads it.
    package enum Group: String, Sendable, CaseIterable {
        case base = "Base"
        case device = "Device"
        case model = "Model"
        case transformers = "Transformers engine"
        case vllm = "vLLM engine"
        case lora = "LoRA"
        case retrieval = "Embeddings and reranking"
        case removed = "Removed engines"
        case legacy = "Legacy"
        case demo = "Demos and clients"
    }

    /// Its name as it is spelled; two of them are not all upper-case.
    package let name: String
    package let group: Group
    package let meaning: Meaning
    /// A text that stands for "not set", besides the empty one.
    package let unset: String?

    /// Whether its value must never be shown.
    package var isSecret: Bool { looksSecret(name) }

    /// The variable with exactly that name.
    package static func named(_ name: String) -> KnownVariable? { byName[name] }

    private static let byName = Dictionary(
        inventory.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}

/// Whether a variable's name says that its value is secret.
func looksSecret(_ name: String) -> Bool {
    let name = name.uppercased()
    return ["KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"].contains { name.contains($0) }
        && name != "TOKENIZE_MODE"
}
