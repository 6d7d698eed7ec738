import ArgumentParser
import Capacity
import ChatTemplates
import Engine
import JSON
import Logging
import ModelFiles
import Sampling

/// `needletail chat`: a conversation in the terminal, without a server.
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Chats with a model in this terminal.",
        discussion: """
            Type a message and press Enter; /help lists what else can be typed. Ctrl-C stops an answer, Ctrl-D ends \
            the chat. From a pipe each line is a message, and only the answers are printed:
              echo 'Name three birds.' | needletail chat
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; by default the default model.")
    var model: String?

    @OptionGroup var engineOptions: EngineOptions

    @Option(help: "The system message.")
    var system: String?

    @Option(help: "0 always takes the most likely token; by default what the model recommends, or 0.7.")
    var temperature: Float?

    @Option(help: "The share of probability that tokens are drawn from.")
    var topP: Float?

    @Option(help: "How many of the most likely tokens are drawn from; 0 is all.")
    var topK: Int?

    @Option(help: "The most tokens of an answer.")
    var maxTokens: Int?

    @Option(help: "Makes answers repeatable.")
    var seed: UInt64?

    @Option(help: "A Jinja template instead of the model's own.")
    var chatTemplate: String?

    func validate() throws {
        guard temperature.map({ (0...2).contains($0) }) ?? true else {
            throw ValidationError("--temperature must be 0 to 2")
        }
        guard topP.map({ $0 > 0 && $0 <= 1 }) ?? true else {
            throw ValidationError("--top-p must be over 0, up to 1")
        }
        guard topK.map({ $0 >= 0 }) ?? true else { throw ValidationError("--top-k must be 0 or more") }
        guard maxTokens.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--max-tokens must be 1 or more")
        }
    }

    func run() async throws {
        let loaded = try LoadedModel(
            ModelLocation(model), options: engineOptions, chatTemplateFile: chatTemplate,
            logger: Logger(label: "needletail.chat"))
        guard let template = loaded.chatTemplate else {
            throw ValidationError("\(loaded.path) has no chat template; give one with --chat-template FILE")
        }
        var conversation = Conversation(loaded, template: template, sampling: sampling(loaded))
        conversation.system = system
        var loop = ChatLoop(conversation)
        await loop.run()
        await loaded.engine.shutdown()
    }

    private func sampling(_ loaded: LoadedModel) -> SamplingParameters {
        let defaults = loaded.checkpoint.generationDefaults
        var sampling = SamplingParameters()
        sampling.temperature = temperature ?? defaults.temperature.map(Float.init) ?? 0.7
        sampling.topP = topP ?? defaults.topP.map(Float.init) ?? 1
        sampling.topK = topK ?? defaults.topK ?? 0
        sampling.repetitionPenalty = defaults.repetitionPenalty.map(Float.init) ?? 1
        sampling.maxTokens = maxTokens ?? loaded.plan.servedContext
        sampling.seed = seed
        return sampling
    }
}
