import Capacity
// Foundation writes the files.
import Foundation
import JSON
import ModelFiles
import Testing

/// Broken metadata, read from files as the command reads them: each fault has its own error, which names the key.
@Suite struct BrokenMetadataTests {
    private static let llama = """
        {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
         "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 32000, "max_position_embeddings": 4096,
         "head_dim": 128}
        """
    /// The largest width that a config may state.
    private static let most = "1048576"

    /// Llama's config with one member written otherwise, or with another.
    private static func with(_ key: String, _ value: String) -> String {
        let pattern = "\"\(key)\": "
        guard let start = llama.range(of: pattern)?.upperBound else {
            return llama.replacing("}", with: ", \"\(key)\": \(value)}")
        }
        let end = llama[start...].firstIndex { $0 == "," || $0 == "}" } ?? llama.endIndex
        return llama.replacingCharacters(in: start..<end, with: value)
    }

    /// Which error it is, with the key that it names.
    private static func fault(of error: any Error) -> String {
        switch error {
        case ProfileError.unreadable: "unreadable"
        case ProfileError.missing(let key): "missing \(key)"
        case ProfileError.wrongType(let key, _, _): "wrongType \(key)"
        case ProfileError.outOfRange(let key, _, _): "outOfRange \(key)"
        case ProfileError.contradiction(let key, _, _): "contradiction \(key)"
        case ProfileError.tooLarge: "tooLarge"
        case ProfileError.unknownQuantization(let name): "unknownQuantization \(name)"
        case is ModelFileError: "modelFile"
        case PlanError.metadata(let field, _, _): "metadata \(field)"
        case PlanError.overflow: "overflow"
        default: "\(error)"
        }
    }

    /// Plans the model of a file with this content; nil where that worked.
    private func fault(of bytes: [UInt8], ending: String) throws -> String? {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "needletail-\(UUID().uuidString).\(ending)")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            let profile = try ModelProfile.load(path: file.path)
            var request = PlanRequest(profile: profile, deviceName: "GPU", deviceBytes: 80 << 30)
            for engine in [PlanRequest.Engine.needletail, .vllm(major: 0, minor: 11)] {
                request.engine = engine
                _ = try CapacityPlanner.plan(request)
            }
            return nil
        } catch {
            #expect(!"\(error)".isEmpty)
            return Self.fault(of: error)
        }
    }

    /// What is broken, and which error it gives.
    private static let configs: [(text: String, fault: String)] = [
        // No JSON, or no object.
        ("", "unreadable"), ("{", "unreadable"), (llama + "}", "unreadable"),
        (with("hidden_size", "NaN"), "unreadable"), (with("hidden_size", "Infinity"), "unreadable"),
        (with("hidden_size", "-Infinity"), "unreadable"), (with("hidden_size", "0x10"), "unreadable"),
        ("[]", "wrongType config.json"), ("null", "wrongType config.json"), ("7", "wrongType config.json"),
        // Zero, negative and huge sizes.
        (with("num_attention_heads", "0"), "outOfRange num_attention_heads"),
        (with("num_attention_heads", "-32"), "outOfRange num_attention_heads"),
        (with("num_key_value_heads", "0"), "outOfRange num_key_value_heads"),
        (with("hidden_size", "0"), "outOfRange hidden_size"),
        (with("hidden_size", "-4096"), "outOfRange hidden_size"),
        (with("hidden_size", "1e300"), "outOfRange hidden_size"),
        (with("hidden_size", "0.5"), "outOfRange hidden_size"),
        (with("hidden_size", "9223372036854775808"), "outOfRange hidden_size"),
        (with("head_dim", "0"), "outOfRange head_dim"), (with("head_dim", "-1"), "outOfRange head_dim"),
        (with("intermediate_size", "-1"), "outOfRange intermediate_size"),
        (with("vocab_size", "0"), "outOfRange vocab_size"),
        (with("vocab_size", "9223372036854775807"), "outOfRange vocab_size"),
        (with("num_hidden_layers", "0"), "outOfRange num_hidden_layers"),
        (with("num_hidden_layers", "1000000000"), "outOfRange num_hidden_layers"),
        (with("max_position_embeddings", "0"), "outOfRange max_position_embeddings"),
        (with("max_position_embeddings", "2147483648"), "outOfRange max_position_embeddings"),
        (with("num_local_experts", "-8"), "outOfRange num_local_experts"),
        (with("num_local_experts", "1099511627776"), "outOfRange num_local_experts"),
        (with("sliding_window", "-4"), "outOfRange sliding_window"),
        (with("attention_chunk_size", "0"), "outOfRange attention_chunk_size"),
        (with("kv_lora_rank", "0"), "outOfRange kv_lora_rank"),
        (with("attn_layer_period", "0"), "outOfRange attn_layer_period"),
        (with("full_attention_interval", "0"), "outOfRange full_attention_interval"),
        (with("rope_scaling", #"{"rope_type": "yarn", "factor": 1e308}"#), "outOfRange rope_scaling.factor"),
        (with("rope_scaling", #"{"rope_type": "linear", "factor": -4}"#), "outOfRange rope_scaling.factor"),
        // Strings, flags and lists where numbers belong.
        (with("hidden_size", "\"4096\""), "wrongType hidden_size"),
        (with("hidden_size", "[4096]"), "wrongType hidden_size"),
        (with("hidden_size", "{}"), "wrongType hidden_size"),
        (with("vocab_size", "true"), "wrongType vocab_size"),
        (with("tie_word_embeddings", "1"), "wrongType tie_word_embeddings"),
        (with("layer_types", "\"full\""), "wrongType layer_types"),
        (with("layer_types", "[1, 2]"), "wrongType layer_types"),
        (
            with("num_local_experts", "8, \"mlp_only_layers\": [\"a\"]"), "wrongType mlp_only_layers"
        ),
        // Keys that are not there.
        (llama.replacing("hidden_size", with: "hidden_sizes"), "missing hidden_size"),
        (llama.replacing("intermediate_size", with: "x"), "missing intermediate_size"),
        (llama.replacing("num_hidden_layers", with: "x"), "missing num_hidden_layers"),
        (llama.replacing("num_attention_heads", with: "x"), "missing num_attention_heads"),
        (llama.replacing("vocab_size", with: "x"), "missing vocab_size"),
        (with("kv_lora_rank", "512"), "missing qk_rope_head_dim"),
        (with("linear_num_key_heads", "16"), "missing linear_num_value_heads"),
        ("{}", "missing hidden_size"),
        // Keys that contradict each other.
        (with("num_key_value_heads", "5"), "contradiction num_key_value_heads"),
        (with("num_key_value_heads", "64"), "contradiction num_key_value_heads"),
        (
            with("num_attention_heads", "24").replacing(",\n \"head_dim\": 128", with: ""),
            "contradiction num_attention_heads"
        ),
        (with("layer_types", "[\"full_attention\"]"), "contradiction num_hidden_layers"),
        // Products beyond a machine word.
        (
            with("hidden_size", most).replacing("11008", with: most).replacing("32000", with: most)
                .replacing("\"head_dim\": 128", with: "\"head_dim\": \(most), \"num_local_experts\": \(most)")
                .replacing("\"num_hidden_layers\": 32", with: "\"num_hidden_layers\": 4096"),
            "tooLarge"
        ),
        (
            with("linear_num_key_heads", most).replacing(
                "\"head_dim\"",
                with: "\"linear_num_value_heads\": \(most), \"linear_key_head_dim\": \(most), "
                    + "\"linear_value_head_dim\": \(most), \"linear_conv_kernel_dim\": \(most), \"head_dim\""),
            "tooLarge"
        ),
        // Ways to store weights.
        (with("quantization_config", "\"awq\""), "wrongType quantization_config"),
        (with("quantization_config", "4"), "wrongType quantization_config"),
        (with("quantization_config", "[]"), "wrongType quantization_config"),
        (with("quantization_config", "{}"), "missing quantization_config.quant_method"),
        (with("quantization_config", #"{"quant_method": 4}"#), "missing quantization_config.quant_method"),
        (with("quantization_config", #"{"quant_method": "magic"}"#), "unknownQuantization magic"),
        (with("quantization_config", #"{"quant_method": "gptq", "bits": 0}"#), "outOfRange bits"),
        (with("quantization_config", #"{"quant_method": "gptq", "bits": 4096}"#), "outOfRange bits"),
        (with("quantization_config", #"{"quant_method": "awq", "group_size": -9}"#), "outOfRange group_size"),
        (
            with("quantization_config", #"{"quant_method": "awq", "group_size": "all"}"#),
            "wrongType group_size"
        ),
        (
            with("quantization_config", #"{"quant_method": "fp8", "weight_block_size": "big"}"#),
            "wrongType weight_block_size"
        ),
        (
            with("quantization_config", #"{"quant_method": "bitsandbytes", "load_in_8bit": "yes"}"#),
            "wrongType load_in_8bit"
        ),
        // Image encoders.
        (with("vision_config", #"{"hidden_size": 0}"#), "outOfRange hidden_size"),
        (with("vision_config", #"{"depth": -1}"#), "outOfRange depth"),
        (with("vision_config", #"{"patch_size": 0}"#), "outOfRange patch_size"),
        (with("vision_config", #"{"image_size": 99999999}"#), "outOfRange image_size"),
        (
            with("vision_config", #"{"deepstack_visual_indexes": "all"}"#),
            "wrongType deepstack_visual_indexes"
        ),
    ]

    @Test func `each fault of a config gives its own error`() throws {
        #expect(try fault(of: Array(Self.llama.utf8), ending: "json") == nil)
        for (text, expected) in Self.configs {
            let found = try fault(of: Array(text.utf8), ending: "json")
            #expect(found == expected, "\(text)")
        }
    }

    @Test func `lists of a million entries are read or refused in time`() throws {
        let names = Array(repeating: "\"full_attention\"", count: 1_000_000).joined(separator: ",")
        #expect(try fault(of: Array(Self.with("layer_types", "[\(names)]").utf8), ending: "json") == nil)
        let numbers = Array(repeating: "1", count: 1_000_000).joined(separator: ",")
        let text = Self.with("layer_types", "[\(numbers)]")
        #expect(try fault(of: Array(text.utf8), ending: "json") == "wrongType layer_types")
        let deep = Self.with(
            "vision_config", "{\"out_hidden_size\": \(Self.most), \"deepstack_visual_indexes\": [\(numbers)]}"
        )
        #expect(try fault(of: Array(deep.utf8), ending: "json") != nil)
    }

    /// What is set to what in a tiny file, and which error it gives.
    private static let ggufs: [(key: String, value: TinyGGUF.Value?, fault: String)] = [
        ("general.architecture", nil, "missing general.architecture"),
        ("general.architecture", .uint32(7), "missing general.architecture"),
        ("general.architecture", .string("other"), "missing other.block_count"),
        ("llama.block_count", nil, "missing llama.block_count"),
        ("llama.block_count", .uint32(0), "outOfRange llama.block_count"),
        ("llama.block_count", .int32(-2), "outOfRange llama.block_count"),
        ("llama.block_count", .uint32(.max), "outOfRange llama.block_count"),
        ("llama.block_count", .uint64(.max), "wrongType llama.block_count"),
        ("llama.block_count", .float32(.nan), "wrongType llama.block_count"),
        ("llama.block_count", .float64(.infinity), "wrongType llama.block_count"),
        ("llama.block_count", .string("2"), "wrongType llama.block_count"),
        ("llama.block_count", .integers([2, 2]), "wrongType llama.block_count"),
        ("llama.embedding_length", nil, "missing llama.embedding_length"),
        ("llama.embedding_length", .uint32(0), "outOfRange llama.embedding_length"),
        ("llama.embedding_length", .uint32(2), "metadata key size"),
        ("llama.embedding_length", .uint32(1 << 21), "outOfRange llama.embedding_length"),
        ("llama.embedding_length", .bool(true), "wrongType llama.embedding_length"),
        ("llama.attention.head_count", nil, "missing llama.attention.head_count"),
        ("llama.attention.head_count", .uint32(0), "missing llama.attention.head_count"),
        ("llama.attention.head_count", .int32(-4), "outOfRange llama.attention.head_count"),
        ("llama.attention.head_count", .integers([4]), "contradiction llama.block_count"),
        ("llama.attention.head_count", .strings(["4", "4"]), "wrongType llama.attention.head_count"),
        ("llama.attention.head_count_kv", .uint32(3), "contradiction llama.attention.head_count_kv"),
        ("llama.attention.head_count_kv", .uint32(8), "contradiction llama.attention.head_count_kv"),
        ("llama.attention.head_count_kv", .integers([2, 3]), "contradiction llama.attention.head_count_kv"),
        ("llama.attention.head_count_kv", .uint32(0), "metadata attention layers"),
        ("llama.context_length", nil, "missing llama.context_length"),
        ("llama.context_length", .uint32(0), "outOfRange llama.context_length"),
        ("llama.context_length", .uint64(1 << 40), "outOfRange llama.context_length"),
        ("llama.feed_forward_length", .int32(-1), "outOfRange llama.feed_forward_length"),
        ("llama.vocab_size", .int32(-1), "outOfRange llama.vocab_size"),
        ("llama.vocab_size", .uint32(0), "missing llama.vocab_size"),
        ("llama.attention.key_length", .uint32(0), "metadata key size"),
        ("llama.attention.key_length", .float32(64), "wrongType llama.attention.key_length"),
        ("llama.attention.sliding_window", .int32(-1), "outOfRange llama.attention.sliding_window"),
        (
            "llama.attention.sliding_window_pattern", .uint32(0),
            "outOfRange llama.attention.sliding_window_pattern"
        ),
        ("llama.attention.kv_lora_rank", .uint32(512), "missing llama.rope.dimension_count"),
        ("llama.ssm.state_size", .uint32(16), "missing llama.ssm.inner_size"),
        ("llama.expert_used_count", .string("two"), "wrongType llama.expert_used_count"),
        ("split.count", .uint32(70_000), "modelFile"), ("general.alignment", .uint32(3), "modelFile"),
    ]

    @Test func `each fault of a GGUF file's metadata gives its own error`() throws {
        #expect(try fault(of: TinyGGUF().bytes, ending: "gguf") == nil)
        for (key, value, expected) in Self.ggufs {
            var file = TinyGGUF()
            file.set(key, value)
            let found = try fault(of: file.bytes, ending: "gguf")
            #expect(found == expected, "\(key): \(value.map { "\($0)" } ?? "removed")")
        }
    }

    @Test func `a GGUF file that is cut anywhere gives a typed error`() throws {
        let bytes = TinyGGUF().bytes
        for count in stride(from: 0, to: bytes.count, by: 97) {
            #expect(try fault(of: Array(bytes.prefix(count)), ending: "gguf") == "modelFile", "\(count)")
        }
    }

    @Test func `a GGUF file's weights are called by its file type`() throws {
        for (type, name) in [
            (TinyGGUF.Value.uint32(15), "Q4_K_M"), (.uint32(7), "Q8_0"), (.uint32(9999), "F32"),
        ] {
            var file = TinyGGUF()
            file.set("general.file_type", type)
            let path = FileManager.default.temporaryDirectory
                .appending(path: "needletail-\(UUID().uuidString).gguf").path
            try Data(file.bytes).write(to: URL(filePath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(try ModelProfile.load(path: path).weights.quantization == name)
        }
    }
}
