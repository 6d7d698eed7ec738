import CPUCompute
import Compute
import Foundation
import JSON
import ModelFiles
import Models
import OrderedCollections
import TestSupport
import Testing

/// Every family of encoders beside Transformers in f32 (`Golden/make_encoders.py`).
@Suite struct EncoderTests {
    /// Tiny random encoders and what Transformers makes of some sequences.
    private struct Cases {
        let sequences: [[Int32]]
        let types: [[Int32]]
        /// A model's logits are its answers to the sequences.
        let models: [(pooling: String?, model: TinyModel)]

        init() throws {
            let value = try Golden.json("encoders.json")
            sequences = try Self.rows(value["sequences"])
            types = try Self.rows(value["types"])
            models = try #require(value["cases"]?.arrayValue).map { entry in
                var members = try #require(entry.objectValue)
                members["logits"] = entry["answers"]
                return (entry["pooling"]?.stringValue, try TinyModel(.object(members)))
            }
        }

        private static func rows(_ value: JSONValue?) throws -> [[Int32]] {
            try #require(value?.arrayValue).map { row in
                try #require(row.arrayValue).map { Int32(try #require($0.intValue)) }
            }
        }
    }

    private static func encoder(_ path: String, tokensMax: Int = 512) throws -> any SequenceEncoder {
        let compute = try CPUCompute(threads: 2, stepTokensMax: tokensMax, logitRowsMax: 1)
        return try EmbeddingCheckpoint.open(path).load(compute)
    }

    private static func withEncoder(
        _ model: TinyModel, pooling: String?, _ storage: TinyModel.Storage = .f32,
        _ body: (any SequenceEncoder) throws -> Void
    ) throws {
        try model.withFolder(storage) { path in
            if let pooling { try writeModules(pooling, path) }
            try body(encoder(path))
        }
    }

    private static func writeModules(_ pooling: String, _ path: String) throws {
        let names = ["0": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"]
        let modules = names.sorted { $0.key < $1.key }.map { path, name -> JSONValue in
            ["path": .string(path), "type": .string("sentence_transformers.models.\(name)")]
        }
        try write(.array(modules), "\(path)/modules.json")
        try FileManager.default.createDirectory(
            atPath: "\(path)/1_Pooling", withIntermediateDirectories: true)
        let key = ["mean": "mean_tokens", "cls": "cls_token", "max": "max_tokens"][pooling] ?? pooling
        try write(.object(["pooling_mode_\(key)": true]), "\(path)/1_Pooling/config.json")
    }

    private static func write(_ value: JSONValue, _ path: String) throws {
        try Data(value.serializedBytes()).write(to: URL(filePath: path))
    }

    private static func answers(
        _ encoder: any SequenceEncoder, _ sequences: [[Int32]], _ types: [[Int32]]
    ) -> [[Float]] {
        var batch = SequenceBatch()
        for (tokens, types) in zip(sequences, types) { batch.append(tokens: tokens, types: types) }
        let rows = Array(encoder.encode(batch))
        return sequences.indices.map {
            Array(rows[($0 * encoder.outputSize)..<(($0 + 1) * encoder.outputSize)])
        }
    }

    private static func cosine(_ ours: [Float], _ theirs: [Double]) -> Double {
        let dot = zip(ours, theirs).reduce(0) { $0 + Double($1.0) * $1.1 }
        let (a, b) = (ours.reduce(0) { $0 + Double($1) * Double($1) }, theirs.reduce(0) { $0 + $1 * $1 })
        return ours.count == theirs.count ? dot / (a * b).squareRoot() : 0
    }

    @Test("Vectors and scores are those of Transformers", arguments: [TinyModel.Storage.f32, .f16, .bf16])
    func matchesTransformers(storage: TinyModel.Storage) throws {
        let cases = try Cases()
        #expect(cases.models.count == 12)
        let tolerance =
            switch storage {
            case .f32: 2e-5
            case .f16: 2e-3
            case .bf16: 4e-2
            }
        for (pooling, model) in cases.models {
            try Self.withEncoder(model, pooling: pooling, storage) { encoder in
                let ours = Self.answers(encoder, cases.sequences, cases.types)
                for (index, theirs) in model.logits.enumerated() {
                    let worst = zip(ours[index], theirs).map { abs(Double($0) - $1) }.max() ?? .infinity
                    #expect(worst < tolerance, "\(model.name), sequence \(index), \(storage.rawValue)")
                    guard pooling != nil else { continue }
                    let leastCosine = storage == .bf16 ? 0.999 : 0.9999
                    #expect(Self.cosine(ours[index], theirs) >= leastCosine, "\(model.name) \(index)")
                }
            }
        }
    }

    @Test("A sequence's row has the same bits alone and in any company")
    func rowsDoNotDependOnCompany() throws {
        let cases = try Cases()
        for (pooling, model) in cases.models {
            try Self.withEncoder(model, pooling: pooling) { encoder in
                let together = Self.answers(encoder, cases.sequences, cases.types)
                for index in cases.sequences.indices {
                    let alone = Self.answers(encoder, [cases.sequences[index]], [cases.types[index]])
                    #expect(alone[0].map(\.bitPattern) == together[index].map(\.bitPattern), "\(model.name)")
                }
            }
        }
    }

    @Test("MiniLM's vectors are those of sentence-transformers", .needs(.minilm))
    func minilmMatches() throws {
        let golden = try Golden.json("minilm.json")
        let tokens = try #require(golden["tokens"]?.arrayValue).map { row in
            (row.arrayValue ?? []).compactMap(\.intValue).map { Int32($0) }
        }
        let theirs = try #require(golden["vectors"]?.arrayValue).map { row in
            (row.arrayValue ?? []).compactMap(\.doubleValue)
        }
        let encoder = try Self.encoder(FetchedEncoder.minilm.path, tokensMax: 2048)
        let ours = Self.answers(encoder, tokens, tokens.map { $0.map { _ in 0 } })
        #expect(ours.count == 9 && encoder.outputSize == 384)
        for (ours, theirs) in zip(ours, theirs) {
            #expect(Self.cosine(ours, theirs) > 0.999_99)
            #expect(zip(ours, theirs).allSatisfy { abs(Double($0) - $1) < 2e-6 })
        }
    }

    @Test("A folder that asks for what there is not is refused with its name")
    func refusesWhatIsNotThere() throws {
        let model = try #require(Cases().models.first).model
        func fault(_ change: (String) throws -> Void) throws -> String {
            var text = ""
            try model.withFolder(.f32) { path in
                try change(path)
                let error = #expect(throws: ModelFileError.self) { try Self.encoder(path) }
                text = error?.description ?? ""
            }
            return text
        }
        func config(_ key: String, _ value: JSONValue, _ path: String) throws {
            var members = try #require(model.config.objectValue)
            members[key] = value
            try Self.write(.object(members), "\(path)/config.json")
        }
        #expect(
            try fault { try config("position_embedding_type", "relative_key", $0) }.contains("relative_key"))
        #expect(try fault { try config("hidden_act", "mish", $0) }.contains("mish"))
        #expect(try fault { try config("num_attention_heads", 3, $0) }.contains("3 heads"))
        #expect(try fault { try config("vocab_size", 127, $0) }.contains("token_embd.weight"))
        #expect(try fault { try config("model_type", "gpt2", $0) }.contains("tensor "))
        #expect(
            try fault { try Self.write([["type": "models.Dense"]] as JSONValue, "\($0)/modules.json") }
                .contains("Dense"))
        #expect(
            try fault { try Self.write([["path": "p", "type": "Pooling"]], "\($0)/modules.json") }
                .contains("p/config.json"))
        var short = model
        short.tensors.removeAll { $0.name == "encoder.layer.1.output.dense.bias" }
        try short.withFolder(.f32) { path in
            let error = #expect(throws: ModelFileError.self) { try Self.encoder(path) }
            #expect(error?.description.contains("blk.1.ffn_down.bias") == true)
        }
    }
}
