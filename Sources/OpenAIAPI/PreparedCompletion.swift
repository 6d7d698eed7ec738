import Engine
import JSON
import Sampling
import Tokenizers
import Tokens

/// A completion request ready for the engine: prompts in token ids, and the form of the answer.
package struct PreparedCompletion: Sendable {
    private let model: ServedModel
    private let prompts: [[TokenID]]
    /// The parameter that the prompts came from, for error messages.
    private let parameter: String
    /// How the answers' text is taken apart; nil where it goes out as it is.
    private let reading: AnswerReading?
    /// How to continue.
    package private(set) var options: GenerationOptions
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
        let text = try model.text(of: request.prompt)
        let prompt = model.tokenizer.encode(text, addSpecialTokens: request.prompt.addsSpecialTokens)
        prompts = [model.truncated(prompt, keeping: request.options.promptTokensKept)]
        parameter = "messages"
        let plan = AnswerPlan(request, after: text)
        reading = plan.reading
        options = plan.options
        let last = request.prompt.messages.last
        let continued = last?["role"] == "assistant" ? last?["content"]?.stringValue : nil
        format = ChatCompletionFormat(
            ResponseEnvelope(model, id: id, created: created, name: request.modelName, options),
            AnswerDetails(model.tokenizer, options, prompts: prompts, echoes: [continued ?? ""]),
            style: plan.style)
        unknownParameters = request.unknownParameters
    }

    /// Cuts the prompts into tokens.
    ///
    /// - Parameters:
    ///   - id: the answer's name, `cmpl-…`.
    ///   - created: seconds since 1970.
    package init(_ request: CompletionRequest, id: String, created: Int) {
        model = request.model
        let whole = request.prompts.map {
            request.model.tokens(
                of: $0, suffix: request.suffix, addsSpecialTokens: request.addsSpecialTokens)
        }
        let prompts = whole.map {
            request.model.truncated($0, keeping: request.options.promptTokensKept)
        }
        self.prompts = prompts
        parameter = "prompt"
        reading = nil
        var options = request.options
        if request.suffix != nil {
            options.sampling.stopTokens += FillInTheMiddle(model.tokenizer)?.endings ?? []
        }
        self.options = options
        format = TextCompletionFormat(
            ResponseEnvelope(model, id: id, created: created, name: request.modelName, options),
            AnswerDetails(
                model.tokenizer, options, prompts: prompts,
                echoes: options.echoes ? Self.echoes(of: request, whole: whole, kept: prompts) : []))
        unknownParameters = request.unknownParameters
    }

    /// The prompts as texts; of those that were cut, what was kept.
    private static func echoes(
        of request: CompletionRequest, whole: [[TokenID]], kept: [[TokenID]]
    ) -> [String] {
        request.prompts.indices.map { index in
            let isWhole = whole[index].count == kept[index].count
            return request.model.text(of: isWhole ? request.prompts[index] : .tokens(kept[index]))
        }
    }

    /// The tokens of the prompts, each counted once.
    package var promptTokens: Int { prompts.reduce(0) { $0 + $1.count } }

    /// The tokens that the model's context has left beside the longest prompt.
    package var roomTokens: Int { model.contextLength - (prompts.map(\.count).max() ?? 0) }

    /// Asks for no more tokens than the context has room for, where more were asked for.
    package mutating func fitMaxTokens() {
        if let asked = options.maxTokens, asked > roomTokens { options.maxTokens = nil }
    }

    /// Looks whether the model's context has room for each prompt and its answer.
    ///
    /// - Throws: ``APIError`` 400 where the engine would never take them.
    package func check() throws(APIError) {
        for prompt in prompts {
            guard !prompt.isEmpty else { throw APIError(.emptyPrompt, parameter: parameter) }
            _ = try model.maxTokens(prompt.count, options.maxTokens.map { max(1, $0) }, parameter: parameter)
        }
    }

    /// Hands the prompts to the engine.
    ///
    /// - Throws: ``APIError`` where it does not take them.
    package func start() throws(APIError) -> CompletionRun {
        try CompletionRun(model, prompts: prompts, options: options, reading: reading, parameter: parameter)
    }
}

extension ResponseEnvelope {
    /// The envelope of a model's responses; `name` is what the request calls it.
    fileprivate init(
        _ model: ServedModel, id: String, created: Int, name: String?, _ options: GenerationOptions
    ) {
        self.init(
            id: id, created: created, model: name ?? model.id, fingerprint: model.fingerprint,
            tellsServiceTier: options.tellsServiceTier)
    }
}
