package import Embedding
package import Tokenizers

/// One model behind the API that turns texts into vectors or scores: its names, its language, its thread.
package struct ServedEmbedder: Sendable {
    /// What its rows are.
    package enum Kind: Sendable, Equatable {
        /// A text's vector.
        case embedding
        /// A pair's numbers, one for each label; a single one may go through the logistic function.
        case crossEncoder(hasSigmoid: Bool)
    }

    /// What requests may call it; the first is its id, the others are aliases.
    package let names: [String]
    /// When it was loaded, in seconds since 1970.
    package let created: Int
    /// What its rows are.
    package let kind: Kind
    /// Text to ids.
    package let tokenizer: Tokenizer
    /// What turns ids into rows.
    package let embedder: Embedder

    /// Describes a model that is ready to serve.
    ///
    /// - Precondition: there is at least one name.
    package init(names: [String], created: Int, kind: Kind, tokenizer: Tokenizer, embedder: Embedder) {
        precondition(!names.isEmpty, "a served model has a name")
        self.names = names
        self.created = created
        self.kind = kind
        self.tokenizer = tokenizer
        self.embedder = embedder
    }

    /// The name under which the model is listed first.
    package var id: String { names[0] }

    /// The most tokens of one text, or of a pair.
    package var contextLength: Int { embedder.settings.contextLength }

    /// How many numbers a vector has, or how many labels there are.
    package var dimension: Int { embedder.outputSize }
}

/// What a request wants of an embedder.
enum EmbeddingTask {
    case vectors
    case scores

    /// Whether a model can do it: scores come from pairs, or from two vectors.
    func fits(_ model: ServedEmbedder) -> Bool {
        switch (self, model.kind) {
        case (.vectors, .embedding), (.scores, .embedding): true
        case (.vectors, .crossEncoder): false
        case (.scores, .crossEncoder): model.dimension == 1
        }
    }

    var title: String {
        switch self {
        case .vectors: "embeddings"
        case .scores: "scores"
        }
    }
}

extension ModelCatalog {
    /// Every name of every model.
    var names: [String] { models.flatMap(\.names) + embedders.flatMap(\.names) }

    /// The model of that name, for a task; where the name is left out, the first one that fits, for scores preferably
    /// one that reads both texts together.
    ///
    /// - Throws: ``APIError`` 404 `model_not_found`, 400 `model_not_supported` for one that does something else.
    func embedder(named name: String?, for task: EmbeddingTask) throws(APIError) -> ServedEmbedder {
        let fitting = embedders.filter(task.fits)
        guard let name else {
            let pairwise = fitting.first { $0.kind != .embedding }
            guard let model = (task == .scores ? pairwise : nil) ?? fitting.first else {
                throw .unfit(nil, for: task.title, served: [])
            }
            return model
        }
        guard let model = embedders.first(where: { $0.names.contains(name) }) else {
            guard models.contains(where: { $0.names.contains(name) }) else {
                throw .modelNotFound(name, served: names)
            }
            throw .unfit(name, for: task.title, served: fitting.flatMap(\.names))
        }
        guard task.fits(model) else {
            throw .unfit(name, for: task.title, served: fitting.flatMap(\.names))
        }
        return model
    }
}

extension APIError {
    /// 400: the model is there and does something else.
    static func unfit(_ name: String?, for task: String, served: [String]) -> APIError {
        let subject = name.map { "The model \(quoted($0)) does not make \(task)" } ?? "No model makes \(task)"
        let advice =
            served.isEmpty
            ? "serve one that does beside it: needletail serve MODEL --model PATH"
            : "these do: \(served.map(quoted).joined(separator: ", "))"
        return APIError(
            status: 400, "\(subject); \(advice)", parameter: "model", code: "model_not_supported")
    }

    /// What the embedder's refusal is to the caller.
    package init(_ refusal: EmbeddingError, parameter: String) {
        switch refusal {
        case .empty: self = .invalid(parameter, "\(parameter) must come to at least one token")
        case .unknownToken(let token, let vocabularySize):
            self = .invalid(
                parameter, "\(parameter) must have ids from 0 to \(vocabularySize - 1), not \(token)")
        case .tooLong(let tokens, let contextLength):
            self = .textTooLong(parameter, tokens: tokens, contextLength: contextLength)
        case .overloaded(let waiting, let limit):
            self = .overloaded("\(waiting) tokens wait, and \(limit) may; try again later")
        case .aborted: self = APIError(status: 499, "The client closed the connection")
        case .shuttingDown: self = .shuttingDown
        case .failed(let reason): self = .engineFailed(reason)
        }
    }

    /// 400: a text is longer than the model takes.
    static func textTooLong(_ place: String, tokens: Int, contextLength: Int) -> APIError {
        .contextLengthExceeded(
            "This model's context length is \(contextLength) tokens; \(place) has \(tokens). Shorten it, or set "
                + "truncate_prompt_tokens to -1 to have its end cut off", parameter: place)
    }
}
