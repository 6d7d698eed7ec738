import Grammars
import JSON
import OrderedCollections
import OutputParsing
import Tokenizers
import Tokens

/// How the text of a request's answers is taken apart.
struct AnswerReading: Sendable {
    /// One that has read nothing; each answer gets a copy.
    let parser: OutputParser
    /// Special tokens that are markup, so that they must leave text.
    let keptTokens: Set<TokenID>
    /// Whether thoughts are told apart, and their tokens counted.
    let tellsReasoning: Bool
    /// The most tokens of thoughts; nil lets the model think as long as it likes.
    let budget: ThinkingBudget?
    /// What the answer after the thoughts must look like, where that is asked for.
    let grammar: GrammarSource?
}

/// The most that an answer may think.
struct ThinkingBudget: Sendable {
    /// Tokens of thoughts, tags not counted.
    let tokensMax: Int
    /// What the answer goes on with when they are spent: the closing tag.
    let closing: [TokenID]
}

/// What a request says of the model's thoughts.
package struct ThinkingOptions: Sendable, Equatable {
    /// The most tokens of thoughts.
    package var tokensMax: Int?
    /// The parameter that says so.
    package var budgetName: String?
    /// Whether the answer shows them.
    package var isShown: Bool
    /// Whether the model is to think, where `thinking` says so.
    package var isEnabled: Bool?

    /// vLLM's name of the budget, Qwen's, and one that clients send.
    private static let budgetNames = ["thinking_token_budget", "thinking_budget", "max_thinking_tokens"]

    /// Reads the members that concern thoughts.
    init(reading fields: inout RequestFields) throws(APIError) {
        isShown = try fields.bool("include_reasoning") ?? true
        for name in Self.budgetNames {
            guard let count = try fields.int(name, 0...(.max)) else { continue }
            tokensMax = count
            budgetName = name
        }
        try readThinking(&fields)
    }

    /// `thinking`, as Anthropic, DeepSeek, GLM and Kimi have it: `{"type": "enabled", "budget_tokens": 1024}`.
    ///
    /// Unlike the other names of the budget this one asks nothing of a model that does not think, because clients send it
    /// to every model.
    private mutating func readThinking(_ fields: inout RequestFields) throws(APIError) {
        guard let thinking = try fields.object("thinking") else { return }
        switch thinking["type"]?.stringValue {
        case "enabled", "adaptive": isEnabled = true
        case "disabled": isEnabled = false
        default: throw .invalid("thinking.type", "thinking.type must be enabled, adaptive or disabled")
        }
        guard isEnabled == true, let budget = thinking["budget_tokens"], !budget.isNull else { return }
        let count = try RequestFields.int(budget, "thinking.budget_tokens", 0...(.max))
        tokensMax = tokensMax ?? count
    }

    /// - Throws: ``APIError`` 400 where thoughts are to be limited, and the model's are not told apart.
    func check(_ model: ServedModel, _ format: ReasoningFormat?) throws(APIError) {
        guard let budgetName, format == nil else { return }
        throw .unsupported(
            budgetName,
            "\(budgetName) needs a model that sets its thoughts apart, and \(APIError.quoted(model.id)) has a chat "
                + "template without them; start the server with --reasoning-parser if the model does")
    }
}
