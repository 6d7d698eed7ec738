import ArgumentParser
import JSON
import ModelFiles
import Tokenizers
import Tokens

/// `needletail tokenize`: ids and pieces of a text.
struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the tokens of a text: ids and pieces.",
        discussion: """
            Without TEXT, standard input is read. The ids are those that the model is given.

            Examples:
              needletail tokenize qwen.gguf 'Hello, world'
              cat main.swift | needletail tokenize smollm2 --json
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String

    @Argument(help: "The text; by default standard input.")
    var text: String?

    @Flag(help: "Prints {\"tokens\": [...], \"pieces\": [...]}.")
    var json = false

    @Flag(help: "Leaves out the tokens that the model wants before and after every prompt.")
    var noSpecialTokens = false

    func run() throws {
        let path = try ModelLocation(model).path
        let tokenizer =
            EncoderCheckpoint.isEncoder(path)
            ? try Tokenizer(ModelFolder(path: path)) : try Tokenizer.load(from: Checkpoint.open(path))
        let tokens = tokenizer.encode(text ?? Self.standardInput(), addSpecialTokens: !noSpecialTokens)
        let terminal = Terminal.output
        if json {
            let value: JSONValue = [
                "tokens": .array(tokens.map { .int($0.index) }),
                "pieces": .array(
                    tokens.map { .string(String(decoding: tokenizer.piece($0), as: UTF8.self)) }),
            ]
            terminal.line(value.serialized(.python))
            return
        }
        var table = Table([("id", .right), ("piece", .left)])
        for token in tokens {
            table.append([
                "\(token)", String(decoding: tokenizer.piece(token), as: UTF8.self).debugDescription,
            ])
        }
        table.lines(for: terminal).forEach { terminal.line($0) }
        if terminal.isInteractive { terminal.line(terminal.styled("\(tokens.count) tokens", .dim)) }
    }

    private static func standardInput() -> String {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return text
    }
}
