import ChatTemplates
import Engine
import JSON
import OrderedCollections
import Sampling
import Tokenizers

/// What was said so far, and how the model is asked to go on.
struct Conversation {
    let loaded: LoadedModel
    private let template: ChatTemplate
    /// How answers are sampled.
    var sampling: SamplingParameters
    /// The system message, where there is one.
    var system: String?
    /// The turns, each with `role` and `content`.
    private(set) var turns: [JSONValue] = []

    init(_ loaded: LoadedModel, template: ChatTemplate, sampling: SamplingParameters) {
        self.loaded = loaded
        self.template = template
        self.sampling = sampling
    }

    /// Adds a turn.
    mutating func append(role: String, content: String) {
        turns.append(["role": .string(role), "content": .string(content)])
    }

    /// Takes the last turn back.
    mutating func removeLast() {
        turns.removeLast()
    }

    /// Forgets all turns.
    mutating func removeAll() {
        turns.removeAll()
    }

    /// Asks the engine for the next turn.
    ///
    /// - Throws: `TemplateError` or `AdmissionError`.
    func answer() throws -> Generation {
        let opening: [JSONValue] = system.map { [["role": "system", "content": .string($0)]] } ?? []
        let prompt = try template.render(
            messages: opening + turns, tools: nil, documents: nil, addGenerationPrompt: true,
            beginningOfSequence: loaded.tokenizer.beginningText, endOfSequence: loaded.tokenizer.endText)
        let tokens = loaded.tokenizer.encode(prompt, addSpecialTokens: false)
        return try loaded.engine.submit(GenerationRequest(prompt: tokens, sampling: sampling))
    }
}
