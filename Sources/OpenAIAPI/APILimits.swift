package import JSON

/// The most that one request may ask for, all in one place.
package struct APILimits: Sendable {
    /// Messages of a conversation.
    package var messagesMax = 4096
    /// Prompts of one completion request.
    package var promptsMax = 256
    /// Texts of one request for embeddings, and documents of one for scores; OpenAI's own limit.
    package var embeddingInputsMax = 2048
    /// Characters of a chunk of a file that is split.
    package var splitSizeMax = 1_000_000
    /// Chunks of a file that is split.
    package var splitChunksMax = 100_000
    /// Characters of all its chunks together.
    package var splitCharactersMax = 64 << 20
    /// Answers to one prompt, `n`.
    package var choicesMax = 128
    /// Answers of one request, over all its prompts.
    package var sequencesMax = 256
    /// Stop strings.
    package var stopStringsMax = 32
    /// Bytes of one stop string.
    package var stopStringBytesMax = 1024
    /// Entries of `stop_token_ids`.
    package var stopTokensMax = 256
    /// Entries of `logit_bias`.
    package var logitBiasMax = 1024
    /// Probable tokens shown beside each token.
    package var logprobsMax = 20
    /// Entries of `bad_words`.
    package var badWordsMax = 256
    /// Entries of `guided_choice`.
    package var grammarChoicesMax = 10_000
    /// How far a priority may be from 0.
    package var priorityMax = 1_000_000
    /// Entries of `tools`.
    package var toolsMax = 128
    /// Bytes of a tool's name.
    package var toolNameBytesMax = 64
    /// Bytes of one tool's description and schema, as JSON.
    package var toolBytesMax = 128 << 10
    /// Calls of one answer.
    package var toolCallsMax = 64
    /// Depth of a request's JSON.
    package var jsonDepthMax = 64
    /// Values in a request's JSON, all levels together.
    package var jsonValuesMax = 4_000_000

    /// Limits of a request's JSON.
    package var json: JSONLimits { JSONLimits(depthMax: jsonDepthMax, valuesMax: jsonValuesMax) }

    /// The limits by default.
    package init() {}
}
