import ArgumentParser

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
            Doctor.self,
        ])
}
