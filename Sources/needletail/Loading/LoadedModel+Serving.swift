import CPUCompute
import Capacity
import Glibc
import ModelFiles
import OpenAIAPI

extension LoadedModel {
    /// The model as the API serves it, under these names.
    ///
    /// - Parameter recommended: Whether what the model's authors recommend holds where a request is silent.
    func served(
        as names: [String], recommended: Bool = true, formats: AnswerFormats = AnswerFormats()
    ) -> ServedModel {
        var model = ServedModel(
            names: names, created: time(nil), contextLength: plan.servedContext, tokenizer: tokenizer,
            chatTemplate: chatTemplate, engine: engine,
            samplingDefaults: recommended ? checkpoint.generationDefaults : GenerationDefaults(),
            formats: formats)
        model.fingerprint = fingerprint
        return model
    }

    /// What a seed's answers depend on, as one word: where it is the same, so are they.
    private var fingerprint: String {
        let parts = [
            Needletail.version, name, "\(weightBytes)", "\(plan.request.kvType)", CPUCompute.features,
        ]
        // FNV-1a (RFC 9923), 64 bits.
        let hash = parts.joined(separator: "|").utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return "fp_" + String(hash, radix: 16)
    }
}
