import Capacity
import JSON
import Testing

/// A Llama's config in which single keys are broken.
@Suite struct ProfileErrorTests {
    private static func config(_ changes: [(String, JSONValue?)]) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("model_type", "llama"), ("hidden_size", 4096), ("intermediate_size", 11_008),
            ("num_hidden_layers", 32), ("num_attention_heads", 32), ("vocab_size", 32_000),
            ("max_position_embeddings", 4096),
        ]
        for (key, value) in changes {
            members.removeAll { $0.0 == key }
            if let value { members.append((key, value)) }
        }
        let text = members.map { "\"\($0.0)\": \($0.1.serialized())" }.joined(separator: ", ")
        return (try? JSONValue(parsing: "{\(text)}")) ?? .null
    }

    private static func key(_ error: ProfileError?) -> String? {
        switch error {
        case .missing(let key), .wrongType(let key, _, _), .outOfRange(let key, _, _),
            .contradiction(let key, _, _):
            key
        default: nil
        }
    }

    @Test(
        "a broken value is named, with its limit",
        arguments: [
            ("num_attention_heads", 0), ("num_attention_heads", -32), ("num_attention_heads", 33),
            ("hidden_size", 0), ("hidden_size", -4096), ("hidden_size", 1e300), ("hidden_size", 0.5),
            ("hidden_size", "wide"), ("hidden_size", .array([])), ("hidden_size", .int(.max)),
            ("num_hidden_layers", 0), ("num_hidden_layers", 1_000_000_000), ("num_hidden_layers", .int(.min)),
            ("intermediate_size", -1), ("vocab_size", 0), ("vocab_size", true), ("head_dim", 0),
            ("num_key_value_heads", 0), ("num_key_value_heads", 5), ("num_key_value_heads", 64),
            ("max_position_embeddings", -1), ("sliding_window", -4), ("layer_types", "full"),
            ("no_rope_layers", "all"), ("tie_word_embeddings", 1), ("num_local_experts", -8),
            ("attention_chunk_size", 0), ("kv_lora_rank", 0), ("linear_num_key_heads", 0),
            ("mamba_d_state", -1), ("attn_layer_period", 0), ("quantization_config", "awq"),
        ] as [(String, JSONValue)])
    func broken(key: String, value: JSONValue) {
        let error = #expect(throws: ProfileError.self) {
            try ModelProfile(config: Self.config([(key, value)]), name: "broken")
        }
        #expect(Self.key(error) == key)
    }

    @Test(
        "a missing key is named",
        arguments: [
            "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size",
        ])
    func missing(key: String) {
        #expect(throws: ProfileError.missing(key: key)) {
            try ModelProfile(config: Self.config([(key, nil)]), name: "broken")
        }
    }

    @Test func `sizes whose product overflows are refused`() {
        let most = JSONValue.int(1 << 20)
        let config = Self.config([
            ("hidden_size", most), ("num_attention_heads", most), ("head_dim", most), ("vocab_size", most),
            ("intermediate_size", most), ("num_local_experts", most), ("num_hidden_layers", 4096),
        ])
        #expect(throws: ProfileError.tooLarge(quantity: "the number of weights")) {
            try ModelProfile(config: config, name: "broken")
        }
    }

    @Test func `recurrent states that overflow are refused`() {
        let most = JSONValue.int(1 << 20)
        let config = Self.config([
            ("linear_num_key_heads", most), ("linear_num_value_heads", most), ("linear_key_head_dim", most),
            ("linear_value_head_dim", most), ("linear_conv_kernel_dim", most),
        ])
        #expect(throws: ProfileError.self) { try ModelProfile(config: config, name: "broken") }
    }

    @Test(
        "what is no config is refused",
        arguments: [.null, .array([]), "text", 1, .array([.null])] as [JSONValue])
    func noConfig(value: JSONValue) {
        #expect(throws: ProfileError.self) { try ModelProfile(config: value, name: "broken") }
    }

    @Test func `rotary scaling beyond every limit is refused`() throws {
        let scaling = try JSONValue(parsing: #"{"rope_type": "yarn", "factor": 1e308}"#)
        #expect(throws: ProfileError.self) {
            try ModelProfile(config: Self.config([("rope_scaling", scaling)]), name: "broken")
        }
    }

    @Test func `an unknown quantisation is refused with the known ones`() {
        let error = #expect(throws: ProfileError.unknownQuantization("magic")) {
            try ModelProfile(config: Self.config([]), name: "model", quantization: "magic")
        }
        #expect(error?.description.contains("bitsandbytes") == true)
    }
}
