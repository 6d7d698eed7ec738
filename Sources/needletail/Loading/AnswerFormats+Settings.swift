import ArgumentParser
import OpenAIAPI
import OutputParsing

extension AnswerFormats {
    /// The formats that these parsers' names stand for.
    ///
    /// - Throws: `ValidationError` with the names that there are.
    init(toolCallParser: String, reasoningParser: String) throws {
        self.init()
        toolCalls = try Self.source(
            toolCallParser, "--tool-call-parser", names: ToolCallFormat.names.map(\.name),
            ToolCallFormat.init(name:))
        reasoning = try Self.source(
            reasoningParser, "--reasoning-parser", names: ReasoningFormat.names.map(\.name),
            ReasoningFormat.init(name:))
        // As in vLLM: R1's template may have begun the thoughts where the prompt does not show it.
        assumesReasoning = reasoningParser == "deepseek_r1"
    }

    private static func source<Format>(
        _ name: String, _ flag: String, names: [String], _ format: (String) -> Format?
    ) throws -> Source<Format> {
        switch name {
        case "auto": return .template
        case "none": return .none
        default:
            guard let format = format(name) else {
                throw ValidationError(
                    "\(flag) must be auto, none or one of \(names.joined(separator: ", ")), not \(name)")
            }
            return .fixed(format)
        }
    }
}
