import Capacity
import Glibc
import ModelFiles
import OpenAIAPI

extension LoadedModel {
    /// The model as the API serves it, under these names.
    func served(as names: [String], formats: AnswerFormats = AnswerFormats()) -> ServedModel {
        ServedModel(
            names: names, created: time(nil), contextLength: plan.servedContext, tokenizer: tokenizer,
            chatTemplate: chatTemplate, engine: engine, samplingDefaults: checkpoint.generationDefaults,
            formats: formats)
    }
}
