import JSON

extension RopeConfig {
    /// Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which holds both since Transformers 5.
    init(
        _ config: JSONValue, _ numbers: ConfigNumbers, headDimension: Int, contextLength: Int
    ) throws(ModelFileError) {
        let section = config["rope_parameters"]?.objectValue != nil ? "rope_parameters" : "rope_scaling"
        func number(_ name: String) throws(ModelFileError) -> Float? {
            guard let number = try numbers.optionalPositive("\(section).\(name)") else {
                return try numbers.optionalPositive(name)
            }
            return number
        }
        let part = try number("partial_rotary_factor")
        self.init(
            theta: try number("rope_theta") ?? 10_000,
            dimension: Int(Float(headDimension) * min(part ?? 1, 1)),
            layout: .halves,
            scaling: try Self.scaling(config, numbers, section: section, contextLength: contextLength))
    }

    /// The context that the scaling makes of the one that the model was trained for, as vLLM derives it.
    func stretched(_ contextLength: Int) -> Int {
        switch scaling {
        case .linear(let factor): Int(clamping: contextLength, times: factor)
        case .yarn(let factor, let original, _, _, _):
            max(contextLength, Int(clamping: original, times: factor))
        case .none, .llama3, .divisors: contextLength
        }
    }

    private static func scaling(
        _ config: JSONValue, _ numbers: ConfigNumbers, section: String, contextLength: Int
    ) throws(ModelFileError) -> Scaling {
        let parameters = config[section]
        func key(_ name: String) -> String { "\(section).\(name)" }
        func original() throws(ModelFileError) -> Int {
            try numbers.optionalCount(
                key("original_max_position_embeddings"), limit: numbers.limits.contextLengthMax)
                ?? contextLength
        }
        // Before Transformers 4.43 the key was `type`.
        switch (parameters?["rope_type"] ?? parameters?["type"])?.stringValue ?? "default" {
        case "default":
            return .none
        case "linear":
            return .linear(factor: try numbers.positive(key("factor")))
        case "llama3":
            return .llama3(
                factor: try numbers.positive(key("factor")),
                lowFrequencyFactor: try numbers.positive(key("low_freq_factor")),
                highFrequencyFactor: try numbers.positive(key("high_freq_factor")),
                originalContextLength: try original())
        case "yarn":
            return .yarn(
                factor: try numbers.positive(key("factor")),
                originalContextLength: try original(),
                betaFast: try numbers.optionalPositive(key("beta_fast")) ?? 32,
                betaSlow: try numbers.optionalPositive(key("beta_slow")) ?? 1,
                attentionFactor: try numbers.optionalPositive(key("attention_factor")))
        case let other:
            throw .unsupported(
                path: numbers.path, feature: "\(section) of type \(other)",
                remedy: "default, linear, llama3 and yarn are")
        }
    }
}

extension Int {
    /// The product of a count and a factor, at most `Int32.max`.
    fileprivate init(clamping count: Int, times factor: Float) {
        self = Int(Swift.min((Double(count) * Double(factor)).rounded(), Double(Int32.max)))
    }
}
