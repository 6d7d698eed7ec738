package import JSON
package import Tokenizers
package import Tokens

/// A model as far as its tokenizer goes: one that generates, or one that makes vectors.
package enum TokenizingModel: Sendable {
    case generator(ServedModel)
    case embedder(ServedEmbedder)

    fileprivate init(named name: String?, in catalog: ModelCatalog) throws(APIError) {
        let named = name.flatMap { name in catalog.embedders.first { $0.names.contains(name) } }
        if let embedder = named ?? (catalog.models.isEmpty && name == nil ? catalog.embedders.first : nil) {
            self = .embedder(embedder)
        } else {
            self = .generator(try catalog.model(named: name))
        }
    }

    package var tokenizer: Tokenizer {
        switch self {
        case .generator(let model): model.tokenizer
        case .embedder(let model): model.tokenizer
        }
    }

    fileprivate var contextLength: Int {
        switch self {
        case .generator(let model): model.contextLength
        case .embedder(let model): model.contextLength
        }
    }

    fileprivate func prepare(_ prompt: inout ChatPrompt, for tools: ToolUse) throws(APIError) {
        if case .generator(let model) = self { _ = try model.prepare(&prompt, for: tools) }
    }

    fileprivate func tokens(of prompt: ChatPrompt) throws(APIError) -> [TokenID] {
        switch self {
        case .generator(let model): return try model.tokens(of: prompt)
        case .embedder(let model): throw .unfit(model.id, for: "conversations", served: [])
        }
    }
}

/// `POST /tokenize`, as vLLM has it: a text, or a conversation that the chat template writes out.
package struct TokenizeRequest: Sendable {
    /// What is to be cut into tokens.
    package enum Input: Sendable {
        case text(String, addsSpecialTokens: Bool)
        case chat(ChatPrompt)
    }

    /// The model whose tokenizer is meant.
    package let model: TokenizingModel
    /// What is to be cut into tokens.
    package let input: Input
    /// Whether the answer shows the tokens' texts, too.
    package let returnsTokenStrings: Bool
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]

    /// Parses a request's body.
    package init(parsing body: JSONValue, catalog: ModelCatalog, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        model = try TokenizingModel(named: fields.string("model"), in: catalog)
        returnsTokenStrings = try fields.bool("return_token_strs") ?? false
        if fields.has("messages") {
            for name in ["chat_template", "mm_processor_kwargs"] where fields.has(name) {
                throw .unsupported(name, "\(name) is not supported by this server")
            }
            let tools = try ToolUse.read(&fields, limits: limits)
            var prompt = try ChatPrompt(reading: &fields, limits: limits)
            if let tools { try model.prepare(&prompt, for: tools) }
            input = .chat(prompt)
        } else {
            guard let text = try fields.string("prompt") else {
                throw .invalid("prompt", "prompt or messages is required")
            }
            input = .text(text, addsSpecialTokens: try fields.bool("add_special_tokens") ?? true)
        }
        unknownParameters = fields.unread
    }

    /// `{"count", "max_model_len", "tokens", "token_strs"}`.
    package func response() throws(APIError) -> JSONValue {
        let tokens =
            switch input {
            case .text(let text, let addsSpecialTokens):
                model.tokenizer.encode(text, addSpecialTokens: addsSpecialTokens)
            case .chat(let prompt): try model.tokens(of: prompt)
            }
        let strings =
            returnsTokenStrings
            ? tokens.map { String(decoding: model.tokenizer.piece($0), as: UTF8.self) } : nil
        return [
            "count": .int(tokens.count), "max_model_len": .int(model.contextLength),
            "tokens": .array(tokens.map { .int($0.index) }),
            "token_strs": strings.map { .array($0.map(JSONValue.string)) } ?? nil,
        ]
    }
}

/// `POST /detokenize`, as vLLM has it.
package struct DetokenizeRequest: Sendable {
    /// The model whose tokenizer is meant.
    package let model: TokenizingModel
    /// What is to become text.
    package let tokens: [TokenID]
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]

    /// Parses a request's body.
    package init(parsing body: JSONValue, catalog: ModelCatalog, limits: APILimits) throws(APIError) {
        var fields = try RequestFields(body)
        model = try TokenizingModel(named: fields.string("model"), in: catalog)
        guard let values = try fields.array("tokens", maxCount: limits.jsonValuesMax) else {
            throw .invalid("tokens", "tokens is required")
        }
        tokens = try GenerationOptions.tokens(values, "tokens", model.tokenizer.vocabularySize)
        unknownParameters = fields.unread
    }

    /// `{"prompt"}`.
    package func response() -> JSONValue {
        ["prompt": .string(model.tokenizer.decode(tokens, skipSpecialTokens: false))]
    }
}
