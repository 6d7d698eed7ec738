import ArgumentParser
import ChatTemplates
import JSON
import ModelFiles
import OrderedCollections
import Tokenizers

/// `needletail render`: the prompt that a chat template makes.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the prompt that a chat template makes of messages.",
        discussion: """
            Writes the prompt and nothing else on standard output, so that it can be compared byte for byte.

            Examples:
              needletail render qwen.gguf --messages chat.json
              needletail render template.jinja --messages chat.json --tools tools.json --bos-token '<s>'
            """)

    @Argument(help: "A .jinja file, a GGUF file or a Hugging Face folder.")
    var template: String

    @Option(
        help: "A JSON file with the list of messages, or an object with `messages` and further variables.")
    var messages: String

    @Option(help: "A JSON file with the list of tools.")
    var tools: String?

    @Option(help: "What `bos_token` is; by default what the model says.")
    var bosToken: String?

    @Option(help: "What `eos_token` is; by default what the model says.")
    var eosToken: String?

    @Flag(help: "Leaves out what makes the model answer.")
    var noGenerationPrompt = false

    func run() throws {
        let source = try Source(template)
        var list = try Self.json(messages)
        var variables: [(String, JSONValue)] = []
        if let object = list.objectValue, let inner = object["messages"] {
            variables = object.elements.filter { $0.key != "messages" }.map { ($0.key, $0.value) }
            list = inner
        }
        guard let list = list.arrayValue else {
            throw ValidationError("\(messages): a list of messages is needed, not \(list.kind)")
        }
        let tools = try tools.map { path in
            guard let tools = try Self.json(path).arrayValue else {
                throw ValidationError("\(path): a list of tools is needed")
            }
            return tools
        }
        let prompt = try ChatTemplate(source.text).render(
            messages: list, tools: tools, documents: nil, addGenerationPrompt: !noGenerationPrompt,
            beginningOfSequence: bosToken ?? source.beginning, endOfSequence: eosToken ?? source.end,
            extra: variables.reduce(into: [:]) { $0[$1.0] = $1.1 })
        Terminal.output.write(prompt)
    }

    private static func json(_ path: String) throws -> JSONValue {
        do {
            return try JSONValue(parsing: TextFile.read(path))
        } catch let error as JSONError {
            throw ValidationError("\(path): \(error)")
        }
    }

    /// A template with the tokens that its model begins and ends with.
    private struct Source {
        let text: String
        var beginning: String?
        var end: String?

        init(_ path: String) throws {
            guard !path.hasSuffix(".jinja"), !path.hasSuffix(".j2") else {
                text = try TextFile.read(path)
                return
            }
            let checkpoint = try Checkpoint.open(ModelLocation(path).path)
            guard let template = checkpoint.chatTemplate else {
                throw ValidationError("\(path) has no chat template")
            }
            let tokenizer = try Tokenizer.load(from: checkpoint)
            (text, beginning, end) = (template, tokenizer.beginningText, tokenizer.endText)
        }
    }
}
