import JSON
import OrderedCollections

/// Writes safetensors files, well formed or not.
struct SafetensorsWriter {
    struct Tensor {
        var name: String
        var dtype: JSONValue
        var shape: JSONValue
        var data: [UInt8]
        /// What to state in place of the true offsets.
        var offsets: JSONValue?

        init(
            _ name: String, _ shape: [Int], dtype: JSONValue = "F32", bytes: Int = 4,
            offsets: JSONValue? = nil
        ) {
            self.name = name
            self.dtype = dtype
            self.shape = .array(shape.map { .int($0) })
            self.data = [UInt8](repeating: 0, count: shape.reduce(bytes, *))
            self.offsets = offsets
        }
    }

    var tensors: [Tensor]
    /// The header's length, where it should be stated otherwise.
    var headerBytes: UInt64?

    /// The file; the header is padded with spaces as the reference implementation does it.
    func bytes() -> [UInt8] {
        var header: OrderedDictionary<String, JSONValue> = ["__metadata__": ["format": "pt"]]
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.data.count
            header[tensor.name] = [
                "dtype": tensor.dtype, "shape": tensor.shape,
                "data_offsets": tensor.offsets ?? [.int(offset), .int(end)],
            ]
            offset = end
        }
        var text = JSONValue.object(header).serializedBytes()
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        var output: [UInt8] = []
        output.append(headerBytes ?? UInt64(text.count))
        return output + text + tensors.flatMap(\.data)
    }
}

/// Writes a model folder in Hugging Face's layout.
struct FolderWriter {
    var config: JSONValue
    var tensors: [SafetensorsWriter.Tensor]

    /// Writes `config.json` and `model.safetensors`.
    func write(to folder: TemporaryFolder) throws {
        try folder.write(config.serialized(), to: "config.json")
        try folder.write(SafetensorsWriter(tensors: tensors).bytes(), to: "model.safetensors")
    }

    /// Writes the tensors in `count` files and an index; `change` may spoil its weight map.
    func writeSharded(
        to folder: TemporaryFolder, count: Int = 2,
        change: (inout OrderedDictionary<String, JSONValue>) -> Void = { _ in }
    ) throws {
        try folder.write(config.serialized(), to: "config.json")
        var map: OrderedDictionary<String, JSONValue> = [:]
        for shard in 0..<count {
            let name = "model-0000\(shard + 1)-of-0000\(count).safetensors"
            let part = tensors.indices.filter { $0 % count == shard }.map { tensors[$0] }
            for tensor in part { map[tensor.name] = .string(name) }
            try folder.write(SafetensorsWriter(tensors: part).bytes(), to: name)
        }
        change(&map)
        let index: JSONValue = ["metadata": ["total_size": 0], "weight_map": .object(map)]
        try folder.write(index.serialized(), to: "model.safetensors.index.json")
    }

    /// The config with a member set, or taken away with nil.
    func with(_ name: String, _ value: JSONValue?) -> FolderWriter {
        var copy = self
        var members = config.objectValue ?? [:]
        members[name] = value
        copy.config = .object(members)
        return copy
    }

    /// A model with every tensor that it needs, small enough to be written 1,000s of times.
    static func tiny(_ type: String = "llama", architecture: String = "LlamaForCausalLM") -> FolderWriter {
        var tensors = [
            SafetensorsWriter.Tensor("model.embed_tokens.weight", [5, 8]), .init("model.norm.weight", [8]),
            .init("lm_head.weight", [5, 8]),
        ]
        let shapes = [
            ("input_layernorm", [8]), ("self_attn.q_proj", [8, 8]), ("self_attn.k_proj", [4, 8]),
            ("self_attn.v_proj", [4, 8]), ("self_attn.o_proj", [8, 8]), ("post_attention_layernorm", [8]),
            ("mlp.gate_proj", [12, 8]), ("mlp.up_proj", [12, 8]), ("mlp.down_proj", [8, 12]),
        ]
        tensors += shapes.map { .init("model.layers.0.\($0).weight", $1) }
        return FolderWriter(
            config: [
                "architectures": [.string(architecture)], "model_type": .string(type), "hidden_act": "silu",
                "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
                "num_key_value_heads": 1, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
                "rope_theta": 10000.0,
                "tie_word_embeddings": false, "bos_token_id": 1, "eos_token_id": 2,
            ],
            tensors: tensors)
    }
}
