import ChatTemplates
import JSON
package import OutputParsing
import OrderedCollections
import Tokenizers
import Tokens

/// How a model writes calls of tools and thoughts: what its chat template shows, unless the server's settings say.
package struct AnswerFormats: Sendable {
    /// Where a format comes from.
    package enum Source<Format: Sendable>: Sendable {
        /// The chat template tells.
        case template
        /// This one.
        case fixed(Format)
        /// None: texts go out as they are.
        case none
    }

    /// How it writes calls.
    package var toolCalls: Source<ToolCallFormat>
    /// How it sets thoughts apart.
    package var reasoning: Source<ReasoningFormat>
    /// Whether the model thinks without saying so: all up to the closing tag is a thought.
    package var assumesReasoning: Bool

    /// Makes a choice of formats; by default the chat template's.
    package init(
        toolCalls: Source<ToolCallFormat> = .template, reasoning: Source<ReasoningFormat> = .template,
        assumesReasoning: Bool = false
    ) {
        self.toolCalls = toolCalls
        self.reasoning = reasoning
        self.assumesReasoning = assumesReasoning
    }
}

extension ServedModel {
    /// How the model sets thoughts apart when this template writes the prompt.
    func reasoningFormat(_ template: ChatTemplate?) -> ReasoningFormat? {
        switch formats.reasoning {
        case .none: nil
        case .fixed(let format): format
        case .template:
            if let template { ReasoningFormat(template: template.source) } else { ownReasoningFormat }
        }
    }

    /// How the model writes calls when this template writes the prompt.
    ///
    /// - Throws: ``APIError`` 400 where it does not, with what to do.
    private func toolCallFormat(
        _ template: ChatTemplate, isOwn: Bool, for use: ToolUse
    ) throws(APIError) -> ToolCallFormat {
        let parameter = use.isLegacy ? "functions" : "tools"
        let choice = use.isLegacy ? "function_call" : "tool_choice"
        let advice = "send \(choice) \"none\" to go on without them"
        switch formats.toolCalls {
        case .fixed(let format) where format == .reAct || template.supportsTools: return format
        case .none:
            throw .unsupported(
                parameter,
                "This server was started with --tool-call-parser none and offers no tools; \(advice)"
            )
        case .fixed, .template: break
        }
        guard template.supportsTools else {
            throw .unsupported(
                parameter,
                "The model \(APIError.quoted(id)) cannot be told of \(parameter): its chat template has no place for "
                    + "them. Serve a model whose template has one, such as Qwen2.5 or Llama 3.1, or start the "
                    + "server with --tool-call-parser qwen_react, which writes them into the messages; or \(advice)"
            )
        }
        let format = isOwn ? ownToolCallFormat : Self.toolCallFormat(template, tokenizer)
        guard let format else {
            let names = ToolCallFormat.names.map(\.name).joined(separator: ", ")
            throw .unsupported(
                parameter,
                "How the model \(APIError.quoted(id)) writes calls does not follow from its chat template; start "
                    + "the server with --tool-call-parser and one of \(names); or \(advice)")
        }
        return format
    }

    /// The format of calls that a template that reads tools asks for.
    static func toolCallFormat(_ template: ChatTemplate, _ tokenizer: Tokenizer) -> ToolCallFormat? {
        guard template.supportsTools else { return nil }
        return ToolCallFormat(template: template.source) { tokenizer.specialToken($0) != nil }
    }

    /// Puts the tools into a prompt.
    ///
    /// - Returns: how the model will write calls.
    /// - Throws: ``APIError`` 400 where the model cannot be told of tools.
    func prepare(_ prompt: inout ChatPrompt, for use: ToolUse) throws(APIError) -> ToolCallFormat? {
        // A model without any template is told about when the prompt is written.
        guard let template = prompt.template ?? chatTemplate else { return nil }
        let format = try toolCallFormat(template, isOwn: prompt.template == nil, for: use)
        if template.supportsTools {
            prompt.tools = use.tools.map(\.description)
        } else {
            prompt.messages = ReActPrompt.messages(prompt.messages, tools: use.tools)
        }
        return format
    }
}

extension Tokenizer {
    /// The tokens of these texts that would leave no text of their own.
    func specialTokens(_ texts: [String]) -> Set<TokenID> { Set(texts.compactMap(specialToken)) }

    /// The special token that reads as this text, where there is one.
    func specialToken(_ text: String) -> TokenID? {
        let tokens = encode(text, addSpecialTokens: false)
        return tokens.count == 1 && isSpecial(tokens[0]) ? tokens[0] : nil
    }
}
