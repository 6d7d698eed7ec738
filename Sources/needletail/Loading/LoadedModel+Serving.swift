import Capacity
import Glibc
import ModelFiles
import OpenAIAPI

extension LoadedModel {
    /// The model as the API serves it, under these names.
    func served(as names: [String]) -> ServedModel {
        let defaults = checkpoint.generationDefaults
        return ServedModel(
            names: names, created: time(nil), contextLength: plan.contextLength, tokenizer: tokenizer,
            chatTemplate: chatTemplate, engine: engine,
            samplingDefaults: SamplingDefaults(
                temperature: defaults.temperature, topK: defaults.topK, topP: defaults.topP, minP: defaults.minP,
                repetitionPenalty: defaults.repetitionPenalty))
    }
}
