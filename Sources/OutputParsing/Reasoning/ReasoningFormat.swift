/// How models set their thoughts apart from their answers.
package enum ReasoningFormat: String, Sendable, CaseIterable {
    /// `<think>…</think>`: DeepSeek-R1, Qwen 3, GLM 4.5 and many others.
    case think
    /// `[THINK]…[/THINK]`: Magistral.
    case mistral
    /// `Here is my thought process: … Here is my response: …`: Granite 3.2.
    case granite
    /// `<seed:think>…</seed:think>`: Seed-OSS.
    case seed
    /// `<|channel|>analysis<|message|>…<|end|>`: gpt-oss, where calls and content stand in channels, too.
    case harmony

    /// vLLM's names of parsers, and what they stand for.
    package static let names: [(name: String, format: ReasoningFormat)] = [
        ("deepseek_r1", .think), ("deepseek_v3", .think), ("qwen3", .think), ("glm45", .think),
        ("kimi_k2", .think), ("minimax_m2", .think), ("holo2", .think), ("nemotron_v3", .think),
        ("mimo", .think), ("step3p5", .think), ("mistral", .mistral), ("granite", .granite),
        ("seed_oss", .seed), ("openai_gptoss", .harmony),
    ]

    /// The format that a parser's name stands for.
    package init?(name: String) {
        guard let format = Self.names.first(where: { $0.name == name })?.format else { return nil }
        self = format
    }

    /// The format whose tags a chat template writes or takes out; nil where it knows of no thoughts.
    ///
    /// - Parameter template: the template's source.
    package init?(template: String) {
        let bytes = Array(template.utf8)
        if bytes.contains("<seed:think>") {
            self = .seed
        } else if bytes.contains("<|channel|>"), bytes.contains("<|message|>") {
            self = .harmony
        } else if bytes.contains("[THINK]") {
            self = .mistral
        } else if bytes.contains("</think>") {
            self = .think
        } else if bytes.contains("Here is my thought process:") {
            self = .granite
        } else {
            return nil
        }
    }

    /// What begins the thoughts.
    var opening: [String] {
        switch self {
        case .think: ["<think>"]
        case .mistral: ["[THINK]"]
        case .granite: ["Here is my thought process:", "Here's my thought process:"]
        case .seed: ["<seed:think>"]
        case .harmony: ["<|channel|>analysis<|message|>"]
        }
    }

    /// What ends them.
    var closing: [String] {
        switch self {
        case .think: ["</think>"]
        case .mistral: ["[/THINK]"]
        case .granite: ["Here is my response:", "Here's my response:"]
        case .seed: ["</seed:think>"]
        case .harmony: ["<|end|>"]
        }
    }

    /// What begins the thoughts, as models write it.
    package var openingTag: String { opening[0] }

    /// What ends the thoughts, as models write it.
    package var closingTag: String { closing[0] }

    /// What ends the thoughts in the model's place.
    package var forcedClosing: String { self == .harmony ? closingTag : "\n\(closingTag)\n\n" }

    /// What an answer that is no call stands behind; empty where it follows the thoughts as it is.
    package var answerOpening: String { self == .harmony ? "<|channel|>final<|message|>" : "" }

    /// The markup, some of which may be special tokens.
    package var markers: [String] {
        guard self == .harmony else { return opening + closing }
        return [HarmonyParser.start, HarmonyParser.channel, HarmonyParser.message].map(\.text)
            + HarmonyParser.ends.map(\.text) + ["<|constrain|>"]
    }

    /// Whether a prompt that ends like this has begun the thoughts, or has ended them so that there will be none.
    package func start(after prompt: String) -> ReasoningStart {
        let end = Array(prompt.utf8.suffix(256))[...].trimmed
        if opening.contains(where: { end.text.hasSuffix($0) }) { return .inside }
        return closing.contains(where: { end.text.hasSuffix($0) }) ? .over : .open
    }
}

/// Where a prompt leaves the model as to its thoughts.
package enum ReasoningStart: Sendable {
    /// The prompt opened them.
    case inside
    /// The prompt says nothing: the model may open them.
    case open
    /// The prompt opened and closed them.
    case over
}
