package import ChatTemplates
package import JSON
package import OrderedCollections

/// What a chat template is given to make a prompt of: shared by chat completions and `/tokenize`.
package struct ChatPrompt: Sendable {
    /// The conversation, each message with a `role` and mostly one text as `content`.
    package var messages: [JSONValue]
    /// The tools that the model is told of, as templates write them; nil where there are none.
    package var tools: [JSONValue]?
    /// Texts for templates that ground their answers.
    package var documents: [JSONValue]?
    /// Whether the prompt ends where the assistant is to speak.
    package var addsGenerationPrompt: Bool
    /// Whether the prompt ends inside the last message, for the model to go on writing it.
    package var continuesFinalMessage: Bool
    /// Whether the tokenizer adds BOS and EOS to what the template wrote.
    package var addsSpecialTokens: Bool
    /// The request's own template, in place of the model's.
    package var template: ChatTemplate?
    /// Variables for the template, from `chat_template_kwargs`.
    package var variables: OrderedDictionary<String, JSONValue>

    /// Reads the members that concern the prompt.
    init(reading fields: inout RequestFields, limits: APILimits) throws(APIError) {
        guard let values = try fields.array("messages", maxCount: limits.messagesMax) else {
            throw .invalid("messages", "messages is required")
        }
        messages = try ChatMessages.parse(values)
        documents = try fields.array("documents", maxCount: limits.messagesMax)
        continuesFinalMessage = try fields.bool("continue_final_message") ?? false
        addsGenerationPrompt = try fields.bool("add_generation_prompt") ?? !continuesFinalMessage
        addsSpecialTokens = try fields.bool("add_special_tokens") ?? false
        variables = try fields.object("chat_template_kwargs") ?? [:]
        template = try Self.template(&fields)
        for name in ["reasoning_effort", "verbosity"] {
            if let value = try fields.string(name) { variables[name] = .string(value) }
        }
        if let isEnabled = try fields.bool("enable_thinking") {
            variables["enable_thinking"] = .bool(isEnabled)
        }
        if addsGenerationPrompt, continuesFinalMessage {
            throw .invalid(
                "continue_final_message",
                "continue_final_message and add_generation_prompt exclude each other; set one to false"
            )
        }
        if continuesFinalMessage, messages.last?["content"]?.stringValue == nil {
            throw .invalid(
                "continue_final_message", "continue_final_message needs a last message with content")
        }
    }

    private static func template(_ fields: inout RequestFields) throws(APIError) -> ChatTemplate? {
        guard let source = try fields.string("chat_template") else { return nil }
        do {
            return try ChatTemplate(source)
        } catch {
            throw .invalid("chat_template", "chat_template is no template: \(error)")
        }
    }
}
