package import Embedding
package import JSON
import Tokenizers
import Tokens

/// `POST /v1/embeddings`, checked: whoever holds one need not look again.
package struct EmbeddingRequest: Sendable {
    /// How the numbers of a vector are written.
    enum Encoding: String, CaseIterable {
        case float, base64
    }

    /// The model that answers.
    package let model: ServedEmbedder
    /// The inputs' tokens, special ones included.
    package let sequences: [TokenSequence]
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]
    let encoding: Encoding
    /// How many numbers of a vector are kept.
    let dimensions: Int?
    /// Whether vectors are brought to length 1, whatever the model's own files say.
    let normalizes: Bool?

    /// Parses a request's body.
    ///
    /// - Parameter engine: The model's name in the path, which counts where the body has none.
    /// - Throws: ``APIError`` 400 for what cannot be or is not done, 404 for a model that is not there.
    package init(
        parsing body: JSONValue, engine: String? = nil, catalog: ModelCatalog, limits: APILimits
    ) throws(APIError) {
        var fields = try RequestFields(body)
        let model = try catalog.embedder(named: fields.string("model") ?? engine, for: .vectors)
        self.model = model
        for name in ["messages", "chat_template", "embed_dtype", "endianness", "prompt_embeds"]
        where fields.has(name) {
            throw .unsupported(name, "\(name) is not supported by this server")
        }
        guard let input = fields.take("input") else { throw .invalid("input", "input is required") }
        let inputs = try PromptInput.list(
            input, "input", vocabularySize: model.tokenizer.vocabularySize,
            countMax: limits.embeddingInputsMax)
        let truncation = try Truncation(reading: &fields, model)
        let addsSpecialTokens = try fields.bool("add_special_tokens") ?? true
        let name = try fields.string("encoding_format") ?? Encoding.float.rawValue
        guard let encoding = Encoding(rawValue: name) else {
            throw .invalid(
                "encoding_format", "encoding_format must be float or base64, not \(APIError.quoted(name))")
        }
        self.encoding = encoding
        dimensions = try fields.int("dimensions", 1...model.dimension)
        normalizes = try fields.bool("normalize")
        for name in ["user", "priority", "request_id"] { _ = fields.take(name) }
        var sequences: [TokenSequence] = []
        for (index, input) in inputs.enumerated() {
            let place = inputs.count == 1 ? "input" : "input[\(index)]"
            sequences.append(
                try truncation.sequence(input, model, addsSpecialTokens: addsSpecialTokens, place: place))
        }
        self.sequences = sequences
        unknownParameters = fields.unread
    }

    /// How many tokens the request has.
    package var tokenCount: Int { sequences.reduce(0) { $0 + $1.tokens.count } }

    /// The vectors as they are answered: cut to ``dimensions`` and brought to length 1 again.
    func vectors(of rows: [ArraySlice<Float>]) -> [[Float]] {
        rows.map { row in
            guard let dimensions, dimensions < row.count else {
                return normalizes == true ? Self.normalized(row) : Array(row)
            }
            let kept = row.prefix(dimensions)
            return normalizes == false ? Array(kept) : Self.normalized(kept)
        }
    }

    private static func normalized(_ row: ArraySlice<Float>) -> [Float] {
        let length = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return row.map { Float(Double($0) / max(length, 1e-12)) }
    }
}

extension PromptInput {
    /// A string, token ids, or an array of either.
    static func list(
        _ value: JSONValue, _ name: String, vocabularySize: Int, countMax: Int
    ) throws(APIError) -> [PromptInput] {
        if let text = value.stringValue { return [.text(text)] }
        guard let elements = value.arrayValue, let first = elements.first else {
            throw .invalid(
                name,
                "\(name) must be a string, an array of strings, an array of token ids, or an array of such "
                    + "arrays, and not empty")
        }
        if first.doubleValue != nil {
            return [.tokens(try GenerationOptions.tokens(elements, name, vocabularySize))]
        }
        try RequestFields.check(count: elements.count, of: name, maxCount: countMax)
        var inputs: [PromptInput] = []
        for element in elements {
            switch (first, element) {
            case (.string, .string(let text)): inputs.append(.text(text))
            case (.array, .array(let ids)):
                inputs.append(.tokens(try GenerationOptions.tokens(ids, name, vocabularySize)))
            default:
                throw .invalid(name, "\(name) must have entries of one type, strings or arrays of token ids")
            }
        }
        return inputs
    }
}

/// What becomes of a text that is longer than it may be: cut on request, refused otherwise.
struct Truncation {
    /// The most tokens that are kept; nil where nothing is cut.
    let countMax: Int?

    /// Reads `truncate_prompt_tokens`: a number of tokens, or -1 for what the model takes.
    init(reading fields: inout RequestFields, _ model: ServedEmbedder) throws(APIError) {
        guard let count = try fields.int("truncate_prompt_tokens", -1...model.contextLength) else {
            countMax = nil
            return
        }
        guard count != 0 else {
            throw .invalid("truncate_prompt_tokens", "truncate_prompt_tokens must be -1 or positive, not 0")
        }
        countMax = count == -1 ? model.contextLength : count
    }

    /// An input's tokens.
    func sequence(
        _ input: PromptInput, _ model: ServedEmbedder, addsSpecialTokens: Bool = true, place: String
    ) throws(APIError) -> TokenSequence {
        let tokens: [TokenID]
        switch input {
        case .tokens(let given): tokens = Array(given.prefix(countMax ?? .max))
        case .text(let text) where addsSpecialTokens:
            tokens = model.tokenizer.encode(text, countMax: countMax)
        case .text(let text):
            tokens = Array(model.tokenizer.encode(text, addSpecialTokens: false).prefix(countMax ?? .max))
        }
        guard !tokens.isEmpty else { throw .invalid(place, "\(place) must come to at least one token") }
        try checkCut(tokens.count)
        guard tokens.count <= model.contextLength else {
            throw .textTooLong(place, tokens: tokens.count, contextLength: model.contextLength)
        }
        return TokenSequence(tokens)
    }

    /// The tokens of two texts that are read together, of which each one's own are known.
    func pair(
        _ first: [TokenID], _ second: [TokenID], _ model: ServedEmbedder, place: String
    ) throws(APIError) -> TokenSequence {
        let pair = model.tokenizer.pair(first, second, countMax: countMax)
        guard !pair.tokens.isEmpty else { throw .invalid(place, "\(place) must come to at least one token") }
        try checkCut(pair.tokens.count)
        guard pair.tokens.count <= model.contextLength else {
            throw .textTooLong(place, tokens: pair.tokens.count, contextLength: model.contextLength)
        }
        return TokenSequence(pair.tokens, types: pair.types)
    }

    /// What stands around a text is never cut off.
    private func checkCut(_ tokenCount: Int) throws(APIError) {
        guard let countMax, tokenCount > countMax else { return }
        throw .invalid(
            "truncate_prompt_tokens",
            "truncate_prompt_tokens must be at least \(tokenCount), the special tokens around a text, not \(countMax)"
        )
    }
}
