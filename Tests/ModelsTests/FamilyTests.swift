import CPUCompute
import Compute
import JSON
import ModelFiles
import Models
import TestSupport
import Testing

/// Every family and rotary scaling, from Hugging Face folders, beside Transformers in f32.
@Suite struct FamilyTests {
    private struct Families {
        let tokens: [Int32]
        let positions: [Int]
        let sampleStride: Int
        let models: [TinyModel]

        init() throws {
            let value = try Golden.json("families.json")
            tokens = try #require(value["tokens"]?.arrayValue).compactMap(\.intValue).map { Int32($0) }
            positions = try #require(value["positions"]?.arrayValue).compactMap(\.intValue)
            sampleStride = try #require(value["sampleStride"]?.intValue)
            models = try #require(value["cases"]?.arrayValue).map(TinyModel.init)
        }
    }

    /// Logits have a spread of about 1; keys and values are rounded to 16 bits, and so are weights where stored so.
    @Test(
        "Logits of a folder are those of Transformers",
        arguments: [(TinyModel.Storage.f32, 0.004), (.f16, 0.015), (.bf16, 0.06)])
    func matchesTransformers(storage: TinyModel.Storage, tolerance: Double) throws {
        let golden = try Families()
        for model in golden.models {
            try model.withFolder(storage) { path in
                let language = try FetchedModel.load(path: path, contextLength: 64)
                var runner = SequenceRunner(language)
                let rows = runner.run(golden.tokens, logitsAt: golden.positions)
                for (ours, theirs) in zip(rows, model.logits) {
                    let differences = theirs.indices.map {
                        abs(Double(ours[$0 * golden.sampleStride]) - theirs[$0])
                    }
                    let worst = differences.max() ?? .infinity
                    #expect(worst < tolerance, "\(model.name) in \(storage.rawValue)")
                }
            }
        }
    }

    @Test("A model without one of its tensors is refused with the tensor's name")
    func refusesMissingTensor() throws {
        let golden = try Families()
        var model = try #require(golden.models.first { $0.name == "qwen2" })
        model.tensors.removeAll { $0.name.hasSuffix("1.self_attn.k_proj.bias") }
        try model.withFolder(.f32) { path in
            let error = try #require(
                #expect(throws: ModelFileError.self) { try FetchedModel.load(path: path, contextLength: 64) })
            #expect(error.description.contains("blk.1.attn_k.bias"))
        }
    }
}
