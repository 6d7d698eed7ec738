import JSON
import Sampling
import Tokens

/// A completion request ready for the engine: prompts in token ids, and the form of the answer.
package struct PreparedCompletion: Sendable {
    private let model: ServedModel
    private let prompts: [[TokenID]]
    /// The parameter that the prompts came from, for error messages.
    private let parameter: String
    /// How to continue.
    package let options: GenerationOptions
    /// How the answer looks on the wire.
    package let format: any CompletionFormat
    /// Parameters that nobody here knows; they change nothing.
    package let unknownParameters: [String]

    /// Writes a conversation out and cuts it into tokens.
    ///
    /// - Parameters:
    ///   - id: the answer's name, `chatcmpl-…`.
    ///   - created: seconds since 1970.
    package init(_ request: ChatCompletionRequest, id: String, created: Int) throws(APIError) {
        model = request.model
        prompts = [try request.model.tokens(of: request.prompt)]
        parameter = "messages"
        options = request.options
        let last = request.prompt.messages.last
        let continued = last?["role"] == "assistant" ? last?["content"]?.stringValue : nil
        format = ChatCompletionFormat(
            ResponseEnvelope(id: id, created: created, model: request.modelName ?? request.model.id),
            AnswerDetails(model.tokenizer, options, prompts: prompts, echoes: [continued ?? ""]))
        unknownParameters = request.unknownParameters
    }

    /// Cuts the prompts into tokens.
    ///
    /// - Parameters:
    ///   - id: the answer's name, `cmpl-…`.
    ///   - created: seconds since 1970.
    package init(_ request: CompletionRequest, id: String, created: Int) {
        model = request.model
        let prompts = request.prompts.map {
            request.model.tokens(
                of: $0, suffix: request.suffix, addsSpecialTokens: request.addsSpecialTokens)
        }
        self.prompts = prompts
        parameter = "prompt"
        var options = request.options
        if request.suffix != nil {
            options.sampling.stopTokens += FillInTheMiddle(model.tokenizer)?.endings ?? []
        }
        self.options = options
        format = TextCompletionFormat(
            ResponseEnvelope(id: id, created: created, model: request.modelName ?? request.model.id),
            AnswerDetails(
                model.tokenizer, options, prompts: prompts,
                echoes: options.echoes ? request.prompts.map(request.model.text) : []))
        unknownParameters = request.unknownParameters
    }

    /// The tokens of the prompts as they are handed to the engine.
    package var promptTokenCount: Int {
        prompts.reduce(0) { $0 + model.truncated($1, keeping: options.promptTokensKept).count }
    }

    /// Hands the prompts to the engine.
    ///
    /// - Throws: ``APIError`` where it does not take them.
    package func start() throws(APIError) -> CompletionRun {
        try CompletionRun(model, prompts: prompts, options: options, parameter: parameter)
    }
}
