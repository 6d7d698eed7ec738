import ArgumentParser
import Capacity
import Diagnosis
import Logging
import ModelFiles
import OpenAIAPI

/// All models of a server, planned together and loaded.
///
/// What an encoder takes is known before anything is loaded, and is taken off the memory that the models which generate
/// plan their KV cache in together (``SharedMemory``).
struct LoadedModels {
    /// A model that is asked for.
    struct Choice {
        var location: ModelLocation
        /// What requests may call it.
        var names: [String]
        var chatTemplateFile: String?
    }

    private(set) var generators: [(names: [String], model: LoadedModel)] = []
    private(set) var embedders: [(names: [String], model: LoadedEmbedder)] = []

    /// Plans and loads.
    ///
    /// - Throws: `ValidationError` where two models have one name, ``CapacityRefusal`` where they do not fit together.
    init(_ choices: [Choice], options: EngineOptions, waitingMax: Int, logger: Logger) throws {
        guard !choices.isEmpty else {
            throw ValidationError(
                "there is nothing to serve: TASKS leaves out llm, and no other model is named")
        }
        var seen: Set<String> = []
        if let name = choices.flatMap(\.names).first(where: { !seen.insert($0).inserted }) {
            throw ValidationError("two models are called \(name); name one of them with --model NAME=PATH")
        }
        let encoders = try choices.filter { EmbeddingCheckpoint.isEmbedder($0.location.path) }.map { choice in
            let checkpoint = try EmbeddingCheckpoint.open(choice.location.path)
            return (choice: choice, checkpoint: checkpoint, memory: EncoderMemory(checkpoint))
        }
        let encoderBytes = encoders.reduce(0) { $0 + $1.memory.totalBytes }
        // Read once: what is loaded is planned for, and pages of a KV cache count as free until they are written.
        let free = Machine.availableBytes()
        let available = free ?? .max
        guard encoderBytes <= available else {
            throw CapacityRefusal(
                description:
                    "the models that make vectors and scores take \(Quantities.bytes(encoderBytes)), and "
                    + "\(Quantities.bytes(available)) are free; serve fewer of them")
        }
        let generating = choices.filter { !EmbeddingCheckpoint.isEmbedder($0.location.path) }
        let memory = try SharedMemory(
            generating.map { ($0.names[0], $0.location.path) }, options: options,
            availableBytes: max(0, (free ?? 0) - encoderBytes))
        for (choice, plan) in zip(generating, memory.plans) {
            let model = try LoadedModel(
                choice.location, options: options, chatTemplateFile: choice.chatTemplateFile,
                waitingMax: waitingMax, plan: plan, logger: logger)
            generators.append((choice.names, model))
        }
        for (choice, checkpoint, memory) in encoders {
            let model = try LoadedEmbedder(
                checkpoint, memory: memory, name: choice.names[0], threads: options.threads,
                waitingMax: waitingMax, logger: logger)
            embedders.append((choice.names, model))
        }
    }

    /// What requests may call any of them.
    var names: [String] { generators.flatMap(\.names) + embedders.flatMap(\.names) }

    /// Threads that compute with the first model.
    var threadCount: Int { generators.first?.model.threadCount ?? embedders.first?.model.threadCount ?? 0 }

    /// The models as the API serves them.
    ///
    /// - Parameters:
    ///   - recommended: Whether what a model's authors recommend holds where a request is silent.
    ///   - formats: How answers are taken apart.
    func catalog(recommended: Bool, formats: AnswerFormats) -> ModelCatalog {
        ModelCatalog(
            generators.map { $0.model.served(as: $0.names, recommended: recommended, formats: formats) },
            embedders: embedders.map { $0.model.served(as: $0.names) })
    }
}
