package import JSON
import Tokenizers
package import Tokens

/// One prompt of a plain completion.
package enum PromptInput: Sendable, Equatable {
    case text(String)
    case tokens([TokenID])
}

/// `POST /v1/completions`, checked: whoever holds one need not look again.
package struct CompletionRequest: Sendable {
    /// The name in the request; nil where it leaves the choice to the server.
    package let modelName: String?
    /// The model that answers.
    package let model: ServedModel
    /// The prompts; each has its own answers.
    package let prompts: [PromptInput]
    /// What stands after the gap that the answer fills; nil where it goes on from the prompt.
    package let suffix: String?
    /// Whether the tokenizer adds BOS and EOS to prompts given as text.
    package let addsSpecialTokens: Bool
    /// How to continue.
    package let options: GenerationOptions
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]
    private let askedParameters: [String]

    /// Parses a request's body.
    ///
    /// - Throws: ``APIError`` 400 for what cannot be or is not done, 404 for a model that is not there.
    package init(parsing body: JSONValue, catalog: ModelCatalog, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        modelName = try fields.string("model")
        model = try catalog.model(named: modelName)
        try UnsupportedParameters.refuse(in: &fields, of: .completion)
        guard let prompt = fields.take("prompt") else { throw .invalid("prompt", "prompt is required") }
        prompts = try Self.prompts(prompt, vocabularySize: model.tokenizer.vocabularySize, limits: limits)
        addsSpecialTokens = try fields.bool("add_special_tokens") ?? true
        suffix = try Self.suffix(&fields, model)
        options = try GenerationOptions(reading: &fields, of: .completion, model: model, limits: limits)
        guard prompts.count * options.candidates <= limits.sequencesMax else {
            throw .invalid(
                "n",
                "prompts times n (or best_of) may be at most \(limits.sequencesMax), not \(prompts.count) times "
                    + "\(options.candidates)")
        }
        unknownParameters = fields.unread
        askedParameters = fields.asked
        if suffix != nil, options.echoes {
            throw .invalid("echo", "echo and suffix exclude each other; set echo to false")
        }
    }

    /// Every parameter that is read, whether the request has it or not.
    package var knownParameters: Set<String> { Set(askedParameters) }

    /// Those of them that are taken only where they ask for nothing.
    package static var refusedParameters: Set<String> { Set(UnsupportedParameters.names(of: .completion)) }

    private static func suffix(
        _ fields: inout RequestFields, _ model: ServedModel
    ) throws(APIError) -> String? {
        guard let suffix = try fields.string("suffix"), !suffix.isEmpty else { return nil }
        guard FillInTheMiddle(model.tokenizer) != nil else {
            throw .unsupported(
                "suffix", "The model \(APIError.quoted(model.id)) has no tokens to fill in the middle with")
        }
        return suffix
    }

    /// A string, token ids, or an array of either.
    private static func prompts(
        _ value: JSONValue, vocabularySize: Int, limits: APILimits
    ) throws(APIError) -> [PromptInput] {
        if let text = value.stringValue { return [.text(text)] }
        guard let elements = value.arrayValue, let first = elements.first else {
            throw .invalid(
                "prompt",
                "prompt must be a string, an array of strings, an array of token ids, or an array of such "
                    + "arrays, and not empty")
        }
        if first.doubleValue != nil {
            return [.tokens(try GenerationOptions.tokens(elements, "prompt", vocabularySize))]
        }
        try RequestFields.check(count: elements.count, of: "prompt", maxCount: limits.promptsMax)
        var prompts: [PromptInput] = []
        for element in elements {
            switch (first, element) {
            case (.string, .string(let text)): prompts.append(.text(text))
            case (.array, .array(let ids)):
                prompts.append(.tokens(try GenerationOptions.tokens(ids, "prompt", vocabularySize)))
            default:
                throw .invalid(
                    "prompt", "prompt must have entries of one type, strings or arrays of token ids")
            }
        }
        return prompts
    }
}
