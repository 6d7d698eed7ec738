import ModelFiles
import JSON
import OrderedCollections
import Sampling
import Tokens

extension GenerationOptions {
    /// Reads the parameters that both completion endpoints share.
    ///
    /// - Parameters:
    ///   - vocabularySize: ids lie below it.
    ///   - maxTokensNames: the parameters that say the most tokens of output; the first one given counts.
    ///   - maxTokensDefault: what holds where none is given.
    /// - Throws: ``APIError`` 400 that names the parameter, the limit and the value.
    init(
        reading fields: inout RequestFields, defaults: GenerationDefaults, vocabularySize: Int,
        limits: APILimits,
        maxTokensNames: [String], maxTokensDefault: Int?
    ) throws(APIError) {
        sampling = try Self.sampling(&fields, defaults)
        sampling.logitBias = try Self.logitBias(&fields, vocabularySize, limits)
        sampling.stopTokens = try Self.stopTokens(&fields, vocabularySize, limits)
        maxTokens = maxTokensDefault
        for name in maxTokensNames.reversed() {
            maxTokens = try fields.int(name, 1...(.max)) ?? maxTokens
        }
        if let maxTokens, sampling.minTokens > maxTokens {
            throw .invalid(
                "min_tokens", "min_tokens must be at most max_tokens, \(maxTokens), not \(sampling.minTokens)"
            )
        }
        stopStrings = try Self.stopStrings(&fields, limits)
        includesStop = try fields.bool("include_stop_str_in_output") ?? false
        skipsSpecialTokens = try fields.bool("skip_special_tokens") ?? true
        choices = try fields.int("n", 1...limits.choicesMax) ?? 1
        streams = try fields.bool("stream") ?? false
        includesUsage = try Self.includesUsage(&fields, streams: streams)
        promptTokensKept = try fields.int("truncate_prompt_tokens", -1...(.max))
        if promptTokensKept == 0 {
            throw .invalid(
                "truncate_prompt_tokens", "truncate_prompt_tokens must be at least 1, or -1, not 0")
        }
    }

    private static func sampling(
        _ fields: inout RequestFields, _ defaults: GenerationDefaults
    ) throws(APIError) -> SamplingParameters {
        var sampling = SamplingParameters()
        sampling.temperature = try fields.number("temperature", 0...2) ?? Float(defaults.temperature ?? 1)
        sampling.topP = try fields.number("top_p", 0...1) ?? Float(defaults.topP ?? 1)
        if sampling.topP == 0 { throw .invalid("top_p", "top_p must be above 0 and at most 1, not 0") }
        sampling.topK = max(0, try fields.int("top_k", -1...(.max)) ?? defaults.topK ?? 0)
        sampling.minP = try fields.number("min_p", 0...1) ?? Float(defaults.minP ?? 0)
        sampling.presencePenalty = try fields.number("presence_penalty", -2...2) ?? 0
        sampling.frequencyPenalty = try fields.number("frequency_penalty", -2...2) ?? 0
        sampling.repetitionPenalty =
            try fields.number("repetition_penalty", 0...100) ?? Float(defaults.repetitionPenalty ?? 1)
        if sampling.repetitionPenalty == 0 {
            throw .invalid("repetition_penalty", "repetition_penalty must be above 0, not 0")
        }
        sampling.seed = try fields.int("seed", .min...(.max)).map { UInt64(bitPattern: Int64($0)) }
        sampling.minTokens = try fields.int("min_tokens", 0...(.max)) ?? 0
        sampling.ignoresEndOfSequence = try fields.bool("ignore_eos") ?? false
        return sampling
    }

    private static func logitBias(
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

    private static func stopTokens(
        _ fields: inout RequestFields, _ vocabularySize: Int, _ limits: APILimits
    ) throws(APIError) -> [TokenID] {
        try tokens(
            fields.array("stop_token_ids", maxCount: limits.stopTokensMax) ?? [], "stop_token_ids",
            vocabularySize)
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

    private static func stopStrings(
        _ fields: inout RequestFields, _ limits: APILimits
    ) throws(APIError) -> [String] {
        guard let value = fields.take("stop") else { return [] }
        let values = value.arrayValue ?? [value]
        try RequestFields.check(count: values.count, of: "stop", maxCount: limits.stopStringsMax)
        var strings: [String] = []
        for value in values {
            guard let string = value.stringValue else {
                throw RequestFields.wrongType("stop", "a string or an array of strings", value)
            }
            guard 1...limits.stopStringBytesMax ~= string.utf8.count else {
                throw .invalid(
                    "stop",
                    "each stop string must have between 1 and \(limits.stopStringBytesMax) bytes, "
                        + "not \(string.utf8.count)")
            }
            strings.append(string)
        }
        return strings
    }

    private static func includesUsage(_ fields: inout RequestFields, streams: Bool) throws(APIError) -> Bool {
        guard let options = fields.take("stream_options") else { return false }
        guard streams else {
            throw .invalid("stream_options", "stream_options is allowed only where stream is true")
        }
        var optionFields = try RequestFields(options)
        return try optionFields.bool("include_usage") ?? false
    }
}
