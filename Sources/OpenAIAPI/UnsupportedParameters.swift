import JSON

/// The parameters of OpenAI and vLLM that this server knows and does not do.
///
/// A value that asks for nothing (absent, `null`, the default) is taken; any other is refused rather than
/// ignored, for an answer made without it would be a wrong answer that looks right.
enum UnsupportedParameters {
    /// A parameter's name, the values that ask for nothing, and what to say of any other.
    private struct Parameter: Sendable {
        let name: String
        let harmless: [JSONValue]
        var advice = ""
    }

    private static let shared: [Parameter] = [
        Parameter(name: "best_of", harmless: [1], advice: "use n"),
        Parameter(name: "use_beam_search", harmless: [false]),
        Parameter(name: "length_penalty", harmless: [1]),
        Parameter(name: "prompt_logprobs", harmless: [0]),
        Parameter(name: "logprob_token_ids", harmless: [[]]),
        Parameter(name: "allowed_token_ids", harmless: []),
        Parameter(name: "bad_words", harmless: [[]]),
        Parameter(name: "echo", harmless: [false]),
        Parameter(name: "suffix", harmless: [""]),
        Parameter(
            name: "response_format", harmless: [["type": "text"]], advice: "only {\"type\": \"text\"} is"),
        Parameter(name: "structured_outputs", harmless: []),
        Parameter(name: "guided_json", harmless: []),
        Parameter(name: "guided_regex", harmless: []),
        Parameter(name: "guided_choice", harmless: []),
        Parameter(name: "guided_grammar", harmless: []),
        Parameter(name: "priority", harmless: [0]),
        Parameter(name: "thinking_token_budget", harmless: []),
        Parameter(name: "spaces_between_special_tokens", harmless: [true]),
        Parameter(name: "truncation_side", harmless: ["left"]),
        Parameter(name: "return_token_ids", harmless: [false]),
        Parameter(name: "return_tokens_as_token_ids", harmless: [false]),
        Parameter(name: "kv_transfer_params", harmless: []),
        Parameter(name: "repetition_detection", harmless: []),
        Parameter(name: "prompt_embeds", harmless: []),
    ]

    private static let chat: [Parameter] = [
        Parameter(name: "logprobs", harmless: [false]),
        Parameter(name: "top_logprobs", harmless: [0]),
        Parameter(name: "tools", harmless: [[]]),
        Parameter(name: "tool_choice", harmless: ["none"]),
        Parameter(name: "parallel_tool_calls", harmless: [true, false]),
        Parameter(name: "functions", harmless: [[]]),
        Parameter(name: "function_call", harmless: ["none"]),
        Parameter(name: "modalities", harmless: [["text"]]),
        Parameter(name: "audio", harmless: []),
        Parameter(name: "prediction", harmless: []),
        Parameter(name: "web_search_options", harmless: []),
        Parameter(
            name: "chat_template", harmless: [],
            advice:
                "templates come from the checkpoint only, since a request's could be made to eat the server"),
        Parameter(name: "mm_processor_kwargs", harmless: []),
    ]

    private static let completion: [Parameter] = [
        Parameter(name: "logprobs", harmless: [])
    ]

    /// Parameters that change no answer here, so that they need no word.
    private static let silent = [
        "user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key",
        "prompt_cache_retention", "cache_salt",
    ]

    /// Which parameters there are besides those that both endpoints share.
    enum Endpoint { case chat, completion }

    /// Takes every such parameter out of the fields.
    ///
    /// - Throws: ``APIError`` 400 that names the first one that asks for something.
    static func refuse(in fields: inout RequestFields, of endpoint: Endpoint) throws(APIError) {
        for parameter in shared + (endpoint == .chat ? chat : completion) {
            guard let value = fields.take(parameter.name), !parameter.harmless.contains(value) else {
                continue
            }
            let advice = parameter.advice.isEmpty ? "" : ": \(parameter.advice)"
            throw .unsupported(parameter.name, "\(parameter.name) is not supported by this server\(advice)")
        }
        for name in silent { _ = fields.take(name) }
    }
}
