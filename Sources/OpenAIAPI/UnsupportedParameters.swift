import JSON

/// The two ways to ask for a completion, which share most of their parameters.
enum Endpoint { case chat, completion }

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
        Parameter(name: "logprob_token_ids", harmless: [[]]),
        Parameter(name: "guided_whitespace_pattern", harmless: []),
        Parameter(name: "truncation_side", harmless: ["left"]),
        Parameter(name: "kv_transfer_params", harmless: []),
        Parameter(name: "repetition_detection", harmless: []),
        Parameter(name: "prompt_embeds", harmless: []),
    ]

    private static let chat: [Parameter] = [
        Parameter(name: "modalities", harmless: [["text"]]),
        Parameter(name: "audio", harmless: []),
        Parameter(name: "web_search_options", harmless: []),
        Parameter(name: "mm_processor_kwargs", harmless: []),
    ]

    /// A plain completion's text goes out as it is.
    private static let completion = [Parameter(name: "thinking_token_budget", harmless: [])]

    /// Their names.
    static func names(of endpoint: Endpoint) -> [String] {
        (shared + (endpoint == .chat ? chat : completion)).map(\.name)
    }

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
    }
}
