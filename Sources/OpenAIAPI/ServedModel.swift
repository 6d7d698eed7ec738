package import ChatTemplates
package import Engine
package import Grammars
package import ModelFiles
import OutputParsing
package import Tokenizers
package import Tokens

/// One model behind the API: its names, its language, its engine.
package struct ServedModel: Sendable {
    /// What requests may call it; the first is its id, the others are aliases.
    package let names: [String]
    /// When it was loaded, in seconds since 1970.
    package let created: Int
    /// The most tokens that prompt and answer together may have.
    package let contextLength: Int
    /// Text to ids and back.
    package let tokenizer: Tokenizer
    /// The checkpoint's own template; nil where it has none, so that it cannot chat.
    package let chatTemplate: ChatTemplate?
    /// What continues the ids.
    package let engine: Engine
    /// What holds where a request is silent.
    package let samplingDefaults: GenerationDefaults
    /// A name for all that decides what a seed gives: version, weights, processor. Told as `system_fingerprint`.
    package var fingerprint: String?
    /// What outputs are held to, compiled once.
    package let grammars: GrammarCache
    /// How it writes calls of tools and thoughts.
    package let formats: AnswerFormats
    /// What the model's own template tells of that.
    let ownToolCallFormat: ToolCallFormat?
    let ownReasoningFormat: ReasoningFormat?
    /// Special tokens that are markup of calls and thoughts: where outputs are held to a grammar, it speaks of them.
    let markupTokens: Set<TokenID>

    /// Describes a model that is ready to serve.
    ///
    /// - Precondition: there is at least one name.
    package init(
        names: [String], created: Int, contextLength: Int, tokenizer: Tokenizer, chatTemplate: ChatTemplate?,
        engine: Engine, samplingDefaults: GenerationDefaults = GenerationDefaults(),
        formats: AnswerFormats = AnswerFormats()
    ) {
        precondition(!names.isEmpty, "a served model has a name")
        self.names = names
        self.created = created
        self.contextLength = contextLength
        self.tokenizer = tokenizer
        self.chatTemplate = chatTemplate
        self.engine = engine
        self.samplingDefaults = samplingDefaults
        self.formats = formats
        ownToolCallFormat = chatTemplate.flatMap { Self.toolCallFormat($0, tokenizer) }
        ownReasoningFormat = chatTemplate.flatMap { ReasoningFormat(template: $0.source) }
        let calls = if case .fixed(let format) = formats.toolCalls { format } else { ownToolCallFormat }
        let thoughts = if case .fixed(let format) = formats.reasoning { format } else { ownReasoningFormat }
        let markup = tokenizer.specialTokens((calls?.markers ?? []) + (thoughts?.markers ?? []))
        markupTokens = markup
        grammars = GrammarCache { TokenVocabulary(tokenizer, keeping: markup) }
    }

    /// The name under which the model is listed first.
    package var id: String { names[0] }
}

/// All that one server serves.
package struct ModelCatalog: Sendable {
    /// The models that generate; the first answers requests that name none.
    package let models: [ServedModel]
    /// The models that make vectors and scores.
    package let embedders: [ServedEmbedder]

    /// - Precondition: there is at least one model.
    package init(_ models: [ServedModel], embedders: [ServedEmbedder] = []) {
        precondition(!models.isEmpty || !embedders.isEmpty, "a server serves a model")
        self.models = models
        self.embedders = embedders
    }

    private init(_ models: [ServedModel], limited embedders: [ServedEmbedder]) {
        self.models = models
        self.embedders = embedders
    }

    /// The catalog as somebody sees it who may use these models, by any of their names, and no others; it may be
    /// empty.
    package func limited(to names: Set<String>) -> ModelCatalog {
        ModelCatalog(
            models.filter { !names.isDisjoint(with: $0.names) },
            limited: embedders.filter { !names.isDisjoint(with: $0.names) })
    }

    /// The model of that name that generates; a request may leave the name out.
    ///
    /// - Throws: ``APIError`` 404 `model_not_found`, 400 `model_not_supported` for one that does something else.
    package func model(named name: String?) throws(APIError) -> ServedModel {
        let model = name.map { name in models.first { $0.names.contains(name) } } ?? models.first
        if let model { return model }
        guard !models.isEmpty || !embedders.isEmpty else { throw .modelNotFound(name ?? "", served: []) }
        guard let name, !embedders.contains(where: { $0.names.contains(name) }) else {
            throw .unfit(name, for: "completions", served: models.flatMap(\.names))
        }
        throw .modelNotFound(name, served: names)
    }
}

extension TokenVocabulary {
    /// The tokens of a tokenizer that stand for text.
    ///
    /// - Parameter kept: special tokens that do.
    package convenience init(_ tokenizer: Tokenizer, keeping kept: Set<TokenID> = []) {
        self.init(count: tokenizer.vocabularySize) {
            let text = String(decoding: $0, as: UTF8.self)
            let tokens = tokenizer.encode(text, addSpecialTokens: false)
            // What only reads like a special token is spelt in ordinary ones.
            return tokens.allSatisfy { !tokenizer.isSpecial($0) || kept.contains($0) }
                ? tokens : tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
        } piece: {
            tokenizer.isSpecial($0) && !kept.contains($0) ? [] : tokenizer.piece($0)
        }
    }
}
