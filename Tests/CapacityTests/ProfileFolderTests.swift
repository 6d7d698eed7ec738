import Capacity
import Glibc
import JSON
import Testing

/// Checkpoint folders written for the test: a tiny config and headers of safetensors files.
@Suite struct ProfileFolderTests {
    private static let config = """
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1,
        "num_attention_heads": 4, "vocab_size": 32, "max_position_embeddings": 128}
        """

    /// Makes a folder with these files, gives it to `body` and removes it.
    private func withFolder(_ files: [String: [UInt8]], _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/needletail-profile-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        let folder = String(cString: made)
        defer {
            for name in files.keys { unlink(folder + "/" + name) }
            rmdir(folder)
        }
        for (name, bytes) in files {
            let file = try #require(fopen(folder + "/" + name, "w"))
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        try body(folder)
    }

    private func safetensors(_ header: String, length: UInt64? = nil) -> [UInt8] {
        let count = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) } + Array(header.utf8)
    }

    @Test func `a folder's tensors of any dtype are its weights, shared by their names`() throws {
        let header = """
            {"__metadata__": {}, "model.embed_tokens.weight": {"dtype": "BF16",
             "shape": [32, 64], "data_offsets": [0, 4096]},
            "model.layers.0.self_attn.k_proj.qweight": {"dtype": "I32",
             "shape": [8, 64], "data_offsets": [4096, 6144]},
            "model.layers.0.mlp.up_proj.weight": {"dtype": "F8_E4M3",
             "shape": [128, 64], "data_offsets": [6144, 14336]},
            "model.norm.weight": {"dtype": "F16", "shape": [64], "data_offsets": [14336, 14464]}}
            """
        let files = ["config.json": Array(Self.config.utf8), "model.safetensors": safetensors(header)]
        try withFolder(files) { folder in
            let weights = try ModelProfile.load(path: folder).weights
            #expect(weights.shardedBytes == 4096 + 8192)
            #expect(weights.keyValueBytes == 2048)
            #expect(weights.replicatedBytes == 128)
        }
    }

    @Test func `a folder without weights is weighed by formula, or by its index where there is one`() throws {
        let config = Array(Self.config.utf8)
        let formula = try ModelProfile(config: JSONValue(parsing: Self.config), name: "formula")
        try withFolder(["config.json": config]) { folder in
            let weights = try ModelProfile.load(path: folder).weights
            #expect(weights == formula.weights)
        }
        let index =
            #"{"metadata": {"total_size": 1000000}, "weight_map": {"a": "model-00001-of-00001.safetensors"}}"#
        try withFolder(["config.json": config, "model.safetensors.index.json": Array(index.utf8)]) { folder in
            let weights = try ModelProfile.load(path: folder).weights
            #expect(weights.totalBytes == 1_000_000)
        }
    }

    @Test func `broken headers give typed errors`() throws {
        let config = Array(Self.config.utf8)
        let entries = [
            #"{"a": {"dtype": "F16", "shape": [1], "data_offsets": [4, 2]}}"#,
            #"{"a": {"dtype": "F16", "shape": [1]}}"#, #"{"a": 1}"#, "{",
        ]
        let broken = entries.map { safetensors($0) } + [safetensors("{}", length: .max), [1, 2, 3], []]
        for bytes in broken {
            try withFolder(["config.json": config, "model.safetensors": bytes]) { folder in
                #expect(throws: ProfileError.self) { try ModelProfile.load(path: folder) }
            }
        }
    }

    @Test func `sizes that add up beyond a machine word give a typed error`() throws {
        let header = """
            {"a": {"dtype": "F16", "shape": [], "data_offsets": [0, 9223372036854775807]},
            "b": {"dtype": "F16", "shape": [], "data_offsets": [0, 9223372036854775807]}}
            """
        let files = ["config.json": Array(Self.config.utf8), "model.safetensors": safetensors(header)]
        try withFolder(files) { folder in
            #expect(throws: ProfileError.tooLarge(quantity: "the tensors' size")) {
                try ModelProfile.load(path: folder)
            }
        }
    }
}
