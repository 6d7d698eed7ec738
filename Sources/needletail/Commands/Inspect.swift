import ArgumentParser
import JSON
import ModelFiles
import Tensors

/// `needletail inspect`: what a model file holds.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a model's files hold: metadata and tensors.",
        discussion: """
            Reads headers only, so it is quick for files of any size. A file that cannot be read ends with exit \
            status 2 and one line that says what is wrong and where.
            """)

    @Argument(help: "A GGUF or safetensors file, of any architecture, or a Hugging Face folder.")
    var file: String

    @Flag(help: "Prints one JSON object: {\"format\", \"metadata\", \"tensors\", ...}.")
    var json = false

    func run() throws {
        let contents: ModelContents
        do {
            contents = try ModelContents(path: ModelLocation(file).path)
        } catch {
            Terminal.error.line("error: \(error)")
            throw ExitCode(2)
        }
        let terminal = Terminal.output
        if json {
            terminal.line(contents.json.serialized(.pretty))
        } else {
            contents.lines(for: terminal).forEach { terminal.line($0) }
        }
    }
}
