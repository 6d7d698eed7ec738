import JSON
import Tokens

extension TokenizerFile {
    /// Finds what a post-processor puts around a text, and around two of them.
    func frame(_ definition: inout TokenizerDefinition) throws(TokenizerError) {
        guard let processor = members["post_processor"], !processor.isNull else { return }
        let parts = processor["type"] == "Sequence" ? processor["processors"]?.arrayValue ?? [] : [processor]
        for part in parts {
            switch part["type"]?.stringValue {
            case "ByteLevel": continue
            case "TemplateProcessing": try readTemplate(part, &definition)
            case "BertProcessing":
                let (start, end) = try (token(part, "cls", definition), token(part, "sep", definition))
                definition.prefix.append(start)
                definition.suffix.append(end)
                definition.pair = [
                    .token(start, type: 0), .first(type: 0), .token(end, type: 0), .second(type: 1),
                    .token(end, type: 1),
                ]
            case "RobertaProcessing":
                let (start, end) = try (token(part, "cls", definition), token(part, "sep", definition))
                definition.prefix.append(start)
                definition.suffix.append(end)
                definition.pair = [
                    .token(start, type: 0), .first(type: 0), .token(end, type: 0), .token(end, type: 0),
                    .second(type: 0), .token(end, type: 0),
                ]
            case let type:
                throw .unsupported(
                    "post_processor",
                    "\(type ?? "(none)") is not known; known are ByteLevel, TemplateProcessing, BertProcessing "
                        + "and RobertaProcessing")
            }
        }
    }

    private func readTemplate(
        _ template: JSONValue, _ definition: inout TokenizerDefinition
    ) throws(TokenizerError) {
        var afterText = false
        for item in template["single"]?.arrayValue ?? [] {
            if item["Sequence"] != nil { afterText = true }
            for token in try specialTokens(of: item, template, definition) {
                if afterText { definition.suffix.append(token) } else { definition.prefix.append(token) }
            }
        }
        guard let pair = template["pair"]?.arrayValue, !pair.isEmpty else { return }
        definition.pair = []
        for item in pair {
            let content = item["Sequence"] ?? item["SpecialToken"]
            let type = Int32(clamping: content?["type_id"]?.intValue ?? 0)
            for token in try specialTokens(of: item, template, definition) {
                definition.pair.append(.token(token, type: type))
            }
            if let sequence = item["Sequence"] {
                definition.pair.append(sequence["id"] == "B" ? .second(type: type) : .first(type: type))
            }
        }
    }

    private func specialTokens(
        of item: JSONValue, _ template: JSONValue, _ definition: TokenizerDefinition
    ) throws(TokenizerError) -> [TokenID] {
        guard let name = item["SpecialToken"]?["id"]?.stringValue else { return [] }
        var tokens: [TokenID] = []
        for id in template["special_tokens"]?[name]?["ids"]?.arrayValue ?? [] {
            tokens.append(try checked(id, name, definition))
        }
        return tokens
    }

    /// The id in `["[SEP]", 102]`.
    private func token(
        _ part: JSONValue, _ name: String, _ definition: TokenizerDefinition
    ) throws(TokenizerError) -> TokenID {
        try checked(part[name]?[1], name, definition)
    }

    private func checked(
        _ id: JSONValue?, _ name: String, _ definition: TokenizerDefinition
    ) throws(TokenizerError) -> TokenID {
        guard let id = id?.intValue, (0..<definition.outputs.count).contains(id) else {
            throw .malformed("post_processor", "\(name) has an id outside the vocabulary")
        }
        return TokenID(id)
    }
}
