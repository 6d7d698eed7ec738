import ArgumentParser
import Glibc
import Settings

/// The command: everything is put together here, and nothing is decided here.
@main
struct Needletail: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "needletail",
        abstract: "Serves open language models over the OpenAI API, from one binary.",
        discussion: """
            Examples:
              needletail serve                          the default model on http://127.0.0.1:8000
              needletail serve qwen.gguf --port 9000    a GGUF file
              needletail serve ./Qwen2.5-0.5B-Instruct  a Hugging Face folder
              needletail chat qwen.gguf                 in this terminal, without a server
              needletail plan config.json --gpu 4090    what fits, before anything is loaded

            MODEL is a GGUF file (the first part, where it is split) or a Hugging Face folder with safetensors.
            """,
        version: version,
        subcommands: [
            Serve.self, Chat.self, Plan.self, Inspect.self, Tokenize.self, Render.self, Bench.self,
            Eval.self, Doctor.self, Keys.self,
        ])

    /// Runs the command that the arguments name.
    ///
    /// `plan` keeps status 1 for what does not fit and 2 for bad input, a mistyped flag included; for the other
    /// commands that is the parser's own status, 64.
    static func main() async {
        let arguments = withoutForeignOptions(Array(CommandLine.arguments.dropFirst()))
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch  where exitCode(for: error) == .validationFailure && isPlan {
            Terminal.error.line(fullMessage(for: error))
            Glibc.exit(2)
        } catch {
            exit(withError: error)
        }
    }

    /// The arguments without vLLM's options that ask `serve` for what is so anyway; ends with a sentence for each of
    /// those that have no meaning here.
    private static func withoutForeignOptions(_ arguments: [String]) -> [String] {
        guard arguments.first == "serve" else { return arguments }
        let given = GivenFlags(Array(arguments.dropFirst()))
        guard given.refusals.isEmpty else {
            Serve.exit(withError: ValidationError(given.refusals.joined(separator: "\n")))
        }
        return ["serve"] + given.remaining
    }

    private static var isPlan: Bool { CommandLine.arguments.dropFirst().first == "plan" }
}
