import ChatTemplates
import Grammars
import JSON
import OrderedCollections
import OutputParsing
import Tokenizers
import Tokens

/// How a chat's answers are made, taken apart and shown, now that its prompt is written.
struct AnswerPlan {
    /// How their text is taken apart; nil where it goes out as it is.
    let reading: AnswerReading?
    /// How to continue.
    let options: GenerationOptions
    /// How they are shown.
    let style: ChatAnswerStyle

    /// - Parameter text: the prompt.
    init(_ request: ChatCompletionRequest, after text: String) {
        let model = request.model
        let reasoning = model.reasoningFormat(request.prompt.template)
        var start = reasoning?.start(after: text) ?? .over
        if start == .open, model.formats.assumesReasoning { start = .inside }
        var style = ChatAnswerStyle()
        style.isLegacy = request.tools?.isLegacy ?? false
        style.isNamed = request.tools?.isNamed ?? false
        style.showsReasoning = request.thinking.isShown
        self.style = style
        var options = Self.options(request, reasoning)
        let grammar = options.grammar
        if let reasoning { options.grammar = grammar?.afterThoughts(reasoning, start: start) }
        self.options = options

        guard reasoning != nil || request.toolCallFormat != nil else {
            reading = nil
            return
        }
        let markers = (reasoning?.markers ?? []) + (request.toolCallFormat?.markers ?? [])
        reading = AnswerReading(
            parser: OutputParser(
                format: request.toolCallFormat,
                tools: request.tools?.tools.map {
                    ToolDescription(name: $0.name, parameters: $0.parameters)
                } ?? [],
                callsMax: request.tools?.callsMax ?? .max, reasoning: reasoning, start: start),
            keptTokens: model.tokenizer.specialTokens(markers), tellsReasoning: reasoning != nil,
            budget: reasoning.flatMap { Self.budget(request, $0) }, grammar: grammar)
    }

    private static func budget(
        _ request: ChatCompletionRequest, _ reasoning: ReasoningFormat
    ) -> ThinkingBudget? {
        request.thinking.tokensMax.map { tokensMax in
            let closing = reasoning.forcedClosing
            return ThinkingBudget(
                tokensMax: tokensMax,
                closing: request.model.tokenizer.encode(closing, addSpecialTokens: false))
        }
    }

    /// With what a call, or any other form that was asked for, wants of the text.
    private static func options(
        _ request: ChatCompletionRequest, _ reasoning: ReasoningFormat?
    ) -> GenerationOptions {
        var options = request.options
        if let opening = reasoning?.answerOpening, !opening.isEmpty, let grammar = options.grammar {
            let begin = GrammarSource.anyOf([.literal(""), .literal("<|start|>assistant")])
            options.grammar = .sequence([begin, .literal(opening), grammar])
        }
        if let tools = request.tools, let format = request.toolCallFormat {
            options.stopStrings += format.stopStrings
            if tools.isStrict, options.grammar == nil {
                options.grammar = ToolCallGrammar.textOrCalls(
                    format, tools: tools.tools.map { $0.isStrict ? $0 : $0.loosened },
                    callsMax: tools.callsMax)
            } else if tools.isForced || options.grammar != nil {
                let calls = ToolCallGrammar.source(
                    format, tools: tools.callable, callsMax: tools.isNamed ? 1 : tools.callsMax)
                // Where the model decides, it may call, or answer in the form that was asked for.
                options.grammar = tools.isForced ? calls : options.grammar.map { .anyOf([$0, calls]) }
            }
        }
        return options
    }
}

extension ServedModel {
    /// Brings `reasoning_effort` to templates that know no such word, but can think or not.
    ///
    /// - Returns: `reasoning_effort` where it changes nothing.
    func adaptEffort(of prompt: inout ChatPrompt) -> [String] {
        let name = "reasoning_effort"
        guard let effort = prompt.variables[name], let template = prompt.template ?? chatTemplate,
            !template.readNames.contains(name)
        else { return [] }
        prompt.variables.removeValue(forKey: name)
        guard template.readNames.contains("enable_thinking") else { return [name] }
        if prompt.variables["enable_thinking"] == nil {
            prompt.variables["enable_thinking"] = .bool(effort != "none")
        }
        return []
    }
}
