import JSON

/// The sampling parameters that a model's authors recommend, each nil where they are silent.
package struct GenerationDefaults: Sendable, Hashable {
    /// What logits are divided by.
    package var temperature: Double?
    /// How many of the likeliest tokens stay.
    package var topK: Int?
    /// The probability that the likeliest tokens which stay add up to.
    package var topP: Double?
    /// The least probability, as a part of the likeliest token's, with which a token stays.
    package var minP: Double?
    /// What the logits of tokens that were already there are divided by.
    package var repetitionPenalty: Double?
    /// How many tokens an answer has at most.
    package var tokensMax: Int?

    /// Makes defaults; by default none.
    package init(
        temperature: Double? = nil, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
        repetitionPenalty: Double? = nil, tokensMax: Int? = nil
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.tokensMax = tokensMax
    }
}

extension GenerationDefaults {
    /// The keys `general.sampling.…` of a GGUF file.
    init(_ metadata: GGUFMetadata) {
        func number(_ name: String) -> Double? { metadata["general.sampling.\(name)"]?.doubleValue }
        self.init(
            temperature: number("temp"), topK: metadata["general.sampling.top_k"]?.intValue,
            topP: number("top_p"),
            minP: number("min_p"), repetitionPenalty: number("penalty_repeat"))
    }
}

extension GenerationDefaults {
    /// The keys of a `generation_config.json`.
    init(_ config: JSONValue) {
        func number(_ name: String) -> Double? { config[name]?.doubleValue }
        self.init(
            temperature: number("temperature"), topK: config["top_k"]?.intValue, topP: number("top_p"),
            minP: number("min_p"), repetitionPenalty: number("repetition_penalty"),
            tokensMax: config["max_new_tokens"]?.intValue.flatMap { $0 > 0 ? $0 : nil })
    }
}
