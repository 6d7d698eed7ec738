import Embedding
package import OpenAIAPI

extension Fixtures {
    /// A served encoder: `letters` makes vectors, with the alias `text-embedding-ada-002`; `pairs` scores.
    package static func embedder(
        scoresPairs: Bool = false, hasSigmoid: Bool = true, contextLength: Int = 32
    ) throws -> ServedEmbedder {
        ServedEmbedder(
            names: scoresPairs ? ["pairs"] : ["letters", "text-embedding-ada-002"], created: 1_700_000_000,
            kind: scoresPairs ? .crossEncoder(hasSigmoid: hasSigmoid) : .embedding,
            tokenizer: try tokenizer(),
            embedder: Embedder(
                model: LetterEncoder(scoresPairs: scoresPairs),
                settings: Embedder.Settings(
                    contextLength: contextLength, batchTokensMax: 512, waitingTokensMax: 1 << 16),
                logger: logger))
    }

    /// A house that chats, makes vectors and scores pairs.
    package static func catalog() throws -> ModelCatalog {
        ModelCatalog([try model()], embedders: [try embedder(), try embedder(scoresPairs: true)])
    }
}
