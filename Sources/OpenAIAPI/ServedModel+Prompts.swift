import ChatTemplates
import JSON
import OrderedCollections
import Tokenizers
package import Tokens

extension ServedModel {
    /// The conversation as the chat template writes it, in token ids.
    ///
    /// - Throws: ``APIError`` 400 where the model has no template, or the template refuses the conversation.
    package func tokens(of prompt: ChatPrompt) throws(APIError) -> [TokenID] {
        tokenizer.encode(try text(of: prompt), addSpecialTokens: prompt.addsSpecialTokens)
    }

    /// The prompt as token ids; with a suffix, one whose answer stands between the two.
    package func tokens(of prompt: PromptInput, suffix: String?, addsSpecialTokens: Bool) -> [TokenID] {
        let gap = suffix == nil ? nil : FillInTheMiddle(tokenizer)
        let tokens =
            switch prompt {
            case .text(let text):
                tokenizer.encode(text, addSpecialTokens: addsSpecialTokens && gap == nil)
            case .tokens(let tokens): tokens
            }
        guard let gap, let suffix else { return tokens }
        let frame = addsSpecialTokens ? tokenizer.encode("", addSpecialTokens: true) : []
        return frame + gap.prompt(prefix: tokens, suffix: tokenizer.encode(suffix, addSpecialTokens: false))
    }

    /// The prompt as text.
    func text(of prompt: PromptInput) -> String {
        switch prompt {
        case .text(let text): text
        case .tokens(let tokens): tokenizer.decode(tokens, skipSpecialTokens: false)
        }
    }

    /// A token's bytes as text, U+FFFD for what is not whole.
    func pieceText(_ token: TokenID) -> String {
        String(decoding: tokenizer.piece(token), as: UTF8.self)
    }

    /// The conversation as the chat template writes it.
    func text(of prompt: ChatPrompt) throws(APIError) -> String {
        guard let chatTemplate = prompt.template ?? chatTemplate else {
            throw APIError(
                status: 400, "The model \(APIError.quoted(id)) has no chat template; use /v1/completions",
                parameter: "messages", code: "no_chat_template")
        }
        let text: String
        do {
            text = try chatTemplate.render(
                messages: prompt.messages, tools: prompt.tools, documents: prompt.documents,
                addGenerationPrompt: prompt.addsGenerationPrompt,
                beginningOfSequence: tokenizer.beginningText,
                endOfSequence: tokenizer.endText, extra: prompt.variables)
        } catch {
            throw .invalid("messages", "The chat template refuses the messages: \(error)")
        }
        return prompt.continuesFinalMessage ? try cut(text, afterLastOf: prompt.messages) : text
    }

    /// The rendered text up to the end of the last message's content, as Transformers cuts it.
    private func cut(_ text: String, afterLastOf messages: [JSONValue]) throws(APIError) -> String {
        let content = Array((messages.last?["content"]?.stringValue ?? "").utf8)
        let rendered = Array(text.utf8)
        // Templates may trim the content; then it ends where its visible part ends.
        for wanted in [content[...], Self.trimmed(content)] {
            if let end = Self.endOfLast(wanted, in: rendered) {
                return String(decoding: rendered[..<end], as: UTF8.self)
            }
        }
        throw .invalid(
            "continue_final_message",
            "The chat template does not write the last message as it was given, "
                + "so that it cannot be continued")
    }

    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let isSpace = { (byte: UInt8) in byte == 0x20 || 0x09...0x0D ~= byte }
        let head = bytes.drop(while: isSpace)
        return head.lastIndex(where: { !isSpace($0) }).map { head[...$0] } ?? []
    }

    private static func endOfLast(_ wanted: ArraySlice<UInt8>, in bytes: [UInt8]) -> Int? {
        var start = bytes.count - wanted.count
        while start >= 0 {
            if bytes[start..<(start + wanted.count)] == wanted { return start + wanted.count }
            start -= 1
        }
        return nil
    }
}
