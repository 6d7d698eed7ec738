import JSON
import ModelFiles
import OrderedCollections
import Sampling
import Tokenizers
import Tokens

extension GenerationOptions {
    /// Reads the parameters that both completion endpoints share.
    ///
    /// - Throws: ``APIError`` 400 that names the parameter, the limit and the value.
    init(
        reading fields: inout RequestFields, of endpoint: Endpoint, model: ServedModel, limits: APILimits
    ) throws(APIError) {
        let vocabularySize = model.tokenizer.vocabularySize
        let givesRepetitionPenalty = fields.has("repetition_penalty")
        sampling = try Self.sampling(&fields, model.samplingDefaults)
        sampling.allowedTokens = try Self.allowedTokens(&fields, vocabularySize)
        sampling.badWords = try Self.badWords(&fields, model.tokenizer, limits)
        sampling.logitBias = try Self.logitBias(&fields, vocabularySize, limits)
        sampling.stopTokens = try Self.stopTokens(&fields, vocabularySize, limits)
        echoes = try fields.bool("echo") ?? false
        // The first one given counts.
        let maxTokensNames = endpoint == .chat ? ["max_completion_tokens", "max_tokens"] : ["max_tokens"]
        let maxTokensMin = echoes && endpoint == .completion ? 0 : 1
        maxTokens = endpoint == .chat ? nil : 16
        recommendedTokensMax = model.samplingDefaults.tokensMax
        for name in maxTokensNames.reversed() {
            maxTokens = try fields.int(name, maxTokensMin...(.max)) ?? maxTokens
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
        (includesUsage, includesContinuousUsage) = try Self.usage(&fields, streams: streams)
        promptTokensKept = try fields.int("truncate_prompt_tokens", -1...(.max))
        if promptTokensKept == 0 {
            throw .invalid(
                "truncate_prompt_tokens", "truncate_prompt_tokens must be at least 1, or -1, not 0")
        }
        logprobs = try Self.logprobs(&fields, of: endpoint, limits)
        promptLogprobs = try fields.int("prompt_logprobs", 0...limits.logprobsMax)
        returnsTokenIDs = try fields.bool("return_token_ids") ?? false
        showsTokensAsIDs = try fields.bool("return_tokens_as_token_ids") ?? false
        priority = try fields.int("priority", -limits.priorityMax...limits.priorityMax) ?? 0
        candidates = try fields.int("best_of", choices...limits.choicesMax) ?? choices
        beamSearch = try Self.beamSearch(&fields)
        tellsServiceTier = try Self.checkSilent(&fields)
        grammar = try Self.grammar(&fields, model: model, limits: limits)
        if grammar != nil, beamSearch != nil {
            throw .invalid(
                "use_beam_search", "use_beam_search cannot be held to a format; leave one of both out")
        }
        try refuseInStream()
        try refuseInBeamSearch(givesRepetitionPenalty: givesRepetitionPenalty)
        sampling.logprobs = candidates > choices ? logprobs ?? 0 : logprobs
    }

    /// What needs the whole answer.
    private func refuseInStream() throws(APIError) {
        guard streams else { return }
        let names = [
            "prompt_logprobs": promptLogprobs != nil, "best_of": candidates > choices,
            "use_beam_search": beamSearch != nil,
        ]
        if let name = names.first(where: \.value)?.key {
            throw .invalid(name, "\(name) needs the whole answer; set stream to false")
        }
    }

    /// What changes the probabilities that a beam search goes by, or how a token is drawn, which it never is. That
    /// which only draws (temperature, top_p and their like) is what many clients send always, and decides nothing here.
    private func refuseInBeamSearch(givesRepetitionPenalty: Bool) throws(APIError) {
        guard beamSearch != nil else { return }
        let names = [
            "allowed_token_ids": sampling.allowedTokens != nil, "bad_words": !sampling.badWords.isEmpty,
            "frequency_penalty": sampling.frequencyPenalty != 0, "logit_bias": !sampling.logitBias.isEmpty,
            "presence_penalty": sampling.presencePenalty != 0, "response_format": grammar != nil,
            // One that the model's authors recommend is for drawing, and nobody's wish here.
            "repetition_penalty": givesRepetitionPenalty && sampling.repetitionPenalty != 1,
        ]
        if let name = names.filter(\.value).keys.min() {
            throw .invalid(
                name,
                "\(name) changes probabilities, and a beam search goes by the model's own; "
                    + "set use_beam_search to false")
        }
    }

    private static func logprobs(
        _ fields: inout RequestFields, of endpoint: Endpoint, _ limits: APILimits
    ) throws(APIError) -> Int? {
        guard endpoint == .chat else { return try fields.int("logprobs", 0...limits.logprobsMax) }
        let isOn = try fields.bool("logprobs") ?? false
        let count = try fields.int("top_logprobs", 0...limits.logprobsMax)
        guard isOn || (count ?? 0) == 0 else {
            throw .invalid("top_logprobs", "top_logprobs is allowed only where logprobs is true")
        }
        return isOn ? count ?? 0 : nil
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
        sampling.typicalP = try fields.number("typical_p", 0...1) ?? 1
        if sampling.typicalP == 0 {
            throw .invalid("typical_p", "typical_p must be above 0 and at most 1, not 0")
        }
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

    /// Whether the stream ends with the usage, and whether each chunk tells it.
    private static func usage(_ fields: inout RequestFields, streams: Bool) throws(APIError) -> (Bool, Bool) {
        guard let options = fields.take("stream_options") else { return (false, false) }
        guard streams else {
            throw .invalid("stream_options", "stream_options is allowed only where stream is true")
        }
        var optionFields = try RequestFields(options)
        let includes = try optionFields.bool("include_usage") ?? false
        let isContinuous = try optionFields.bool("continuous_usage_stats") ?? false
        // Padding against eavesdroppers is something that a proxy in front may do.
        _ = try optionFields.bool("include_obfuscation")
        return (includes, includes && isContinuous)
    }
}
