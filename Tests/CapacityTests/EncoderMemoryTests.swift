import Capacity
import Foundation
import JSON
import ModelFiles
import Testing

/// The memory of an encoder, from a folder with headers of its own.
struct EncoderMemoryTests {
    /// Writes a BERT of two tensors, which is all that the plan counts.
    private static func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "needletail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let config: JSONValue = [
            "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 32, "num_hidden_layers": 1,
            "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 20,
            "max_position_embeddings": 600,
            "layer_norm_eps": 1e-12,
        ]
        try Data(config.serializedBytes()).write(to: folder.appending(path: "config.json"))
        let header: JSONValue = [
            "embeddings.word_embeddings.weight": [
                "dtype": "F32", "shape": [20, 32], "data_offsets": [0, 2560],
            ],
            "embeddings.LayerNorm.bias": ["dtype": "F16", "shape": [32], "data_offsets": [2560, 2624]],
            "pooler.dense.weight": ["dtype": "F32", "shape": [32, 32], "data_offsets": [2624, 6720]],
        ]
        var json = header.serializedBytes()
        json += repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
        try (length + json + Data(count: 6720)).write(to: folder.appending(path: "model.safetensors"))
        try body(folder.path)
    }

    @Test("Weights count in tiles of 16 rows, vectors in single precision, and unused ones not at all")
    func countsWeights() throws {
        try Self.withFolder { path in
            let memory = EncoderMemory(try EmbeddingCheckpoint.open(path))
            #expect(memory.weightBytes == 32 * 32 * 4 + 32 * 4)
            #expect(memory.batchTokensMax == 600)
            let columns = 7 * 32 + 64 + 32
            #expect(memory.activationBytes == (600 * columns + 384 * 64) * 4)
            #expect(memory.totalBytes == memory.weightBytes + memory.activationBytes)
        }
    }
}
