package import JSON
import OrderedCollections
import OutputParsing

/// `POST /v1/chat/completions`, checked: whoever holds one need not look again.
package struct ChatCompletionRequest: Sendable {
    /// The name in the request; nil where it leaves the choice to the server.
    package let modelName: String?
    /// The model that answers.
    package let model: ServedModel
    /// The conversation and how to write it.
    package let prompt: ChatPrompt
    /// The tools that the model may use; nil where there are none, or none is to be used.
    package let tools: ToolUse?
    /// How the model writes calls; nil where it is offered no tools.
    let toolCallFormat: ToolCallFormat?
    /// What is asked of the model's thoughts.
    package let thinking: ThinkingOptions
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
        try UnsupportedParameters.refuse(in: &fields, of: .chat)
        tools = try ToolUse.read(&fields, limits: limits)
        thinking = try ThinkingOptions(reading: &fields)
        var prompt = try ChatPrompt(reading: &fields, limits: limits)
        if let tools {
            toolCallFormat = try model.prepare(&prompt, for: tools)
        } else {
            toolCallFormat = nil
        }
        if let isEnabled = thinking.isEnabled {
            // The second is Granite's and DeepSeek's name of it.
            for name in ["enable_thinking", "thinking"] where prompt.variables[name] == nil {
                prompt.variables[name] = .bool(isEnabled)
            }
        }
        let ignored = model.adaptEffort(of: &prompt)
        self.prompt = prompt
        try thinking.check(model, model.reasoningFormat(prompt.template))
        options = try GenerationOptions(reading: &fields, of: .chat, model: model, limits: limits)
        if let tools, tools.isForced || tools.isStrict, options.beamSearch != nil {
            throw .invalid(
                "use_beam_search",
                "use_beam_search cannot hold calls to a schema; leave it out, or let the model decide whether to call "
                    + "functions that are not strict")
        }
        try Prediction.check(&fields)
        unknownParameters = fields.unread + ignored
        askedParameters = fields.asked
    }

    /// Every parameter that is read, whether the request has it or not.
    package var knownParameters: Set<String> { Set(askedParameters) }

    /// Those of them that are taken only where they ask for nothing.
    package static var refusedParameters: Set<String> { Set(UnsupportedParameters.names(of: .chat)) }
}
