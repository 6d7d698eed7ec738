import JSON
import OpenAIAPI
import OrderedCollections
import Testing

/// What a server answered to one request.
struct ParameterAnswer: Sendable {
    let status: Int
    /// The whole answer, or null where it came as a stream.
    let body: JSONValue
    /// The chunks of a stream, its end left out.
    let chunks: [JSONValue]

    init(_ response: WireResponse) {
        status = response.status
        body = response.json ?? .null
        chunks =
            response.body.hasPrefix("data: ")
            ? response.events.compactMap { try? JSONValue(parsing: $0) } : []
    }

    /// The text of each choice.
    var texts: [String] {
        (body["choices"]?.arrayValue ?? []).map {
            ($0["text"] ?? $0["message"]?["content"])?.stringValue ?? ""
        }
    }

    var text: String { texts.first ?? "" }
    /// What the chunks say one after the other.
    var streamedText: String {
        chunks.compactMap { chunk in
            let choice = chunk["choices"]?[0]
            return (choice?["text"] ?? choice?["delta"]?["content"])?.stringValue
        }.joined()
    }
    /// The first choice.
    var choice: JSONValue { body["choices"]?[0] ?? .null }
    /// The letters that the choices begin with, each once.
    var firstLetters: Set<Character> { Set(texts.compactMap(\.first)) }

    func usage(_ name: String) -> Int { body["usage"]?[name]?.intValue ?? -1 }
}

/// A parameter, a request that does without it, and what it changes there.
struct ParameterEffect: Sendable, CustomTestStringConvertible {
    enum Endpoint: String, Sendable, CaseIterable {
        case chat = "/v1/chat/completions"
        case completion = "/v1/completions"
    }

    let name: String
    let endpoints: [Endpoint]
    /// The request's members beside those that ask for what follows `A`.
    let base: JSONValue
    let value: JSONValue
    /// Whether the second answer, which has the parameter, differs from the first as documented.
    let isShown: @Sendable (ParameterAnswer, ParameterAnswer) -> Bool

    init(
        _ name: String, of endpoints: [Endpoint] = Endpoint.allCases, in base: JSONValue = [:],
        _ value: JSONValue, isShown: @escaping @Sendable (ParameterAnswer, ParameterAnswer) -> Bool
    ) {
        (self.name, self.endpoints, self.base, self.value, self.isShown) =
            (name, endpoints, base, value, isShown)
    }

    var testDescription: String { "\(name): \(value.serialized())" }

    /// The request, with the parameter or without it. By default it is answered greedily by `BCDEFG`.
    func body(for endpoint: Endpoint, withParameter isGiven: Bool) -> String {
        var members: OrderedDictionary<String, JSONValue> = ["max_tokens": 6]
        switch endpoint {
        case .completion: members["prompt"] = "A"
        case .chat:
            members["messages"] = [["role": "assistant", "content": "A"]]
            members["continue_final_message"] = true
        }
        members.merge(base.objectValue ?? [:]) { $1 }
        members[name] = isGiven ? value : nil
        return JSONValue.object(members.filter { $1 != .null }).serialized()
    }
}

extension ParameterEffect {
    /// Sixty-four drawn first letters, of which B, C and D are likelier than all others, in this order: with 0.27,
    /// 0.16 and 0.10, and the other 254 tokens with 0.0018 each.
    private static let drawn: JSONValue = [
        "temperature": 1, "seed": 1, "n": 64, "max_tokens": 1,
        "logit_bias": ["66": -15, "67": 4.5, "68": 4],
    ]
    /// `BBBBBB`: B is a little likelier after itself than what the model would say.
    private static let repeating: JSONValue = ["logit_bias": ["66": 21]]
    /// A search in which one of every few improbable tokens ends an answer.
    private static let beams: JSONValue = ["use_beam_search": true, "n": 2, "stop_token_ids": [0]]
    private static let question: JSONValue = [
        "messages": [["role": "user", "content": "u"]], "continue_final_message": nil,
    ]

    private static func asking(_ template: String) -> JSONValue {
        var members = question.objectValue ?? [:]
        members["chat_template"] = .string(template)
        return .object(members)
    }

    /// Every parameter in an answer that it changes.
    static let all: [ParameterEffect] = prompts + drawing + endings + forms + searches

    private static let prompts: [ParameterEffect] = [
        ParameterEffect("model", "team/alphabet") {
            $0.body["model"] == "alphabet" && $1.body["model"] == "team/alphabet"
        },
        ParameterEffect("prompt", of: [.completion], "w") { $0.status == 400 && $1.text == "xyz" },
        ParameterEffect("messages", of: [.chat], [["role": "assistant", "content": "w"]]) {
            $0.status == 400 && $1.text == "xyz"
        },
        ParameterEffect("add_generation_prompt", of: [.chat], in: question, false) {
            $1.usage("prompt_tokens") == $0.usage("prompt_tokens") - "assistant:".count
        },
        ParameterEffect(
            "continue_final_message", of: [.chat],
            in: ["messages": [["role": "assistant", "content": "A"]], "continue_final_message": nil], true
        ) { $0.text == "abcdef" && $1.text == "BCDEFG" },
        ParameterEffect("chat_template", of: [.chat], in: question, "{{ messages[0].content }}w") {
            $0.text == "abcdef" && $1.text == "xyz"
        },
        ParameterEffect("chat_template_kwargs", of: [.chat], in: asking("m{{ x }}"), ["x": "w"]) {
            $0.text == "nopqrs" && $1.text == "xyz"
        },
        ParameterEffect("verbosity", of: [.chat], in: asking("m{{ verbosity }}"), "low") {
            $0.text == "nopqrs" && $1.text == "xyz"
        },
        ParameterEffect(
            "documents", of: [.chat], in: asking("m{% for d in documents or [] %}{{ d.text }}{% endfor %}"),
            [["text": "v"], ["text": "w"]]
        ) { $0.text == "nopqrs" && $1.text == "xyz" },
        ParameterEffect("truncate_prompt_tokens", 1) {
            $0.text == $1.text && $0.usage("prompt_tokens") >= $1.usage("prompt_tokens")
                && $1.usage("prompt_tokens") == 1
        },
        ParameterEffect("truncate_prompt_tokens", of: [.completion], in: ["prompt": "abcA"], 2) {
            $0.usage("prompt_tokens") == 5 && $1.usage("prompt_tokens") == 2
        },
        ParameterEffect("add_special_tokens", of: [.completion], false) {
            $0.usage("prompt_tokens") == 2 && $1.usage("prompt_tokens") == 1
        },
        ParameterEffect("add_special_tokens", of: [.chat], true) {
            $1.usage("prompt_tokens") == $0.usage("prompt_tokens") + 1
        },
    ]

    private static let drawing: [ParameterEffect] = [
        ParameterEffect(
            "temperature", in: ["n": 64, "max_tokens": 1, "seed": 1, "logit_bias": ["66": -15, "67": 4.5]], 1
        ) { $0.firstLetters == ["B"] && $1.firstLetters.isSuperset(of: ["B", "C"]) },
        ParameterEffect("top_k", in: drawn, 2) {
            $0.firstLetters.count > 3 && $1.firstLetters == ["B", "C"]
        },
        ParameterEffect("top_p", in: drawn, 0.3) {
            $0.firstLetters.count > 3 && $1.firstLetters == ["B", "C"]
        },
        ParameterEffect("min_p", in: drawn, 0.3) {
            $0.firstLetters.count > 3 && $1.firstLetters == ["B", "C", "D"]
        },
        // The entropy is 3.8 nats, which D with 2.3 is nearest to, then C with 1.8.
        ParameterEffect("typical_p", in: drawn, 0.2) {
            $0.firstLetters.count > 3 && $1.firstLetters == ["C", "D"]
        },
        ParameterEffect("seed", in: drawn, 2) { $0.texts.count == 64 && $0.texts != $1.texts },
        ParameterEffect("presence_penalty", in: repeating, 2) { $0.text == "BBBBBB" && $1.text == "BCDEFG" },
        ParameterEffect("frequency_penalty", in: repeating, 0.6) {
            $0.text == "BBBBBB" && $1.text == "BBCDEF"
        },
        ParameterEffect("repetition_penalty", in: repeating, 1.1) {
            $0.text == "BBBBBB" && $1.text == "BCDEFG"
        },
        ParameterEffect("logit_bias", ["67": 100]) { $0.text == "BCDEFG" && $1.text == "CCCCCC" },
        ParameterEffect("allowed_token_ids", [66, 90]) { $0.text == "BCDEFG" && $1.text == "BBBBBB" },
        ParameterEffect("bad_words", ["CD"]) {
            $0.text == "BCDEFG" && $1.text.hasPrefix("BC") && !$1.text.contains("CD")
        },
    ]

    private static let endings: [ParameterEffect] = [
        ParameterEffect("max_tokens", in: ["max_tokens": nil], 2) { $0.text.count > 2 && $1.text == "BC" },
        ParameterEffect("max_completion_tokens", of: [.chat], 2) { $0.text == "BCDEFG" && $1.text == "BC" },
        ParameterEffect("min_tokens", in: ["logit_bias": ["256": 30]], 3) {
            $0.text.isEmpty && $0.usage("completion_tokens") == 1
                && $1.text == "BCD" && $1.usage("completion_tokens") == 4
        },
        ParameterEffect("ignore_eos", in: ["logit_bias": ["256": 30]], true) {
            $0.usage("completion_tokens") == 1 && $1.usage("completion_tokens") == 6
        },
        ParameterEffect("stop", ["DE", "never"]) {
            $0.choice["finish_reason"] == "length" && $0.choice["stop_reason"] == nil && $1.text == "BC"
                && $1.choice["finish_reason"] == "stop" && $1.choice["stop_reason"] == "DE"
        },
        ParameterEffect("stop_token_ids", [68]) {
            $1.text == "BC" && $1.choice["finish_reason"] == "stop" && $1.choice["stop_reason"] == 68
        },
        ParameterEffect("include_stop_str_in_output", in: ["stop": "D"], true) {
            $0.text == "BC" && $1.text == "BCD"
        },
        ParameterEffect("include_stop_str_in_output", in: ["stop_token_ids": [68]], true) {
            $0.text == "BC" && $1.text == "BCD"
        },
        ParameterEffect(
            "skip_special_tokens", in: ["logit_bias": ["256": 30], "ignore_eos": true, "max_tokens": 1], false
        ) { $0.text.isEmpty && $1.text == "<|end|>" },
    ]

    private static let forms: [ParameterEffect] = [
        ParameterEffect("n", 2) { $0.texts == ["BCDEFG"] && $1.texts == ["BCDEFG", "BCDEFG"] },
        // How many events there are is a matter of who is faster: what a reader has not taken is merged.
        ParameterEffect("stream", true) {
            $0.chunks.isEmpty && !$1.chunks.isEmpty && $0.text == "BCDEFG" && $1.streamedText == "BCDEFG"
        },
        ParameterEffect("stream_options", in: ["stream": true], ["include_usage": true]) {
            $0.chunks.last?["usage"] == nil && $1.chunks.last?["usage"]?["completion_tokens"] == 6
                && $1.chunks.last?["choices"] == []
                && $1.chunks.dropLast().allSatisfy { $0["usage"] == .some(.null) }
        },
        ParameterEffect(
            "stream_options", in: ["stream": true],
            ["include_usage": true, "continuous_usage_stats": true]
        ) {
            $1.chunks.allSatisfy { $0["usage"]?["completion_tokens"]?.intValue != nil }
        },
        ParameterEffect("echo", true) { $0.text == "BCDEFG" && $1.text == "ABCDEFG" },
        ParameterEffect("echo", of: [.completion], in: ["max_tokens": 0, "logprobs": 0], true) {
            $0.status == 400 && $1.text == "A" && $1.choice["logprobs"]?["token_logprobs"]?[0] == .some(.null)
        },
        ParameterEffect("logprobs", of: [.completion], 1) {
            $0.choice["logprobs"] == .some(.null)
                && $1.choice["logprobs"]?["tokens"] == ["B", "C", "D", "E", "F", "G"]
        },
        ParameterEffect("logprobs", of: [.chat], true) {
            $0.choice["logprobs"] == .some(.null)
                && $1.choice["logprobs"]?["content"]?[5]?["token"] == "G"
                && $1.choice["logprobs"]?["content"]?[5]?["top_logprobs"] == []
        },
        ParameterEffect("logprobs", of: [.chat], in: ["stream": true], true) {
            $0.chunks.allSatisfy { $0["choices"]?[0]?["logprobs"] == .some(.null) }
                && $1.chunks.flatMap { $0["choices"]?[0]?["logprobs"]?["content"]?.arrayValue ?? [] }
                    .map { $0["token"] } == ["B", "C", "D", "E", "F", "G"]
        },
        ParameterEffect("top_logprobs", of: [.chat], in: ["logprobs": true], 2) {
            $1.choice["logprobs"]?["content"]?[0]?["top_logprobs"]?.arrayValue?.count == 2
        },
        ParameterEffect("prompt_logprobs", of: [.completion], in: ["prompt": "zA"], 0) {
            $0.choice["prompt_logprobs"] == nil
                && $1.choice["prompt_logprobs"]?[1]?["122"]?["decoded_token"] == "z"
        },
        ParameterEffect("prompt_logprobs", of: [.chat], 0) {
            $0.body["prompt_logprobs"] == nil
                && $1.body["prompt_logprobs"]?.arrayValue?.count == $1.usage("prompt_tokens")
        },
        ParameterEffect("return_token_ids", true) {
            $0.choice["token_ids"] == nil && $1.choice["token_ids"] == [66, 67, 68, 69, 70, 71]
        },
        ParameterEffect(
            "return_tokens_as_token_ids", of: [.completion], in: ["logprobs": 0, "max_tokens": 1], true
        ) {
            $0.choice["logprobs"]?["tokens"] == ["B"] && $1.choice["logprobs"]?["tokens"] == ["token_id:66"]
        },
        ParameterEffect("return_tokens_as_token_ids", of: [.chat], in: ["logprobs": true], true) {
            $0.choice["logprobs"]?["content"]?[0]?["token"] == "B"
                && $1.choice["logprobs"]?["content"]?[0]?["token"] == "token_id:66"
        },
        ParameterEffect("service_tier", "auto") {
            $0.body["service_tier"] == nil && $1.body["service_tier"] == "default"
        },
    ]

    private static let searches: [ParameterEffect] = [
        ParameterEffect("best_of", 8) {
            $0.texts == $1.texts && $1.usage("completion_tokens") == 8 * $0.usage("completion_tokens")
        },
        ParameterEffect("use_beam_search", in: ["n": 2], true) {
            $0.texts == ["BCDEFG", "BCDEFG"] && $1.texts[0] == "BCDEFG" && $1.texts[1] != "BCDEFG"
        },
        // What ends at once is as probable as what ends later.
        ParameterEffect("length_penalty", in: beams, -10) { $0.texts != $1.texts },
        ParameterEffect("early_stopping", in: beams, true) {
            $0.text == "BCDEFG" && $1.text.count < 6 && $1.choice["finish_reason"] == "stop"
        },
    ]
}
