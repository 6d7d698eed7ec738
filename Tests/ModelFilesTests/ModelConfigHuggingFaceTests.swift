import JSON
import ModelFiles
import Testing
import Tokens

struct ModelConfigHuggingFaceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func config(_ model: FolderWriter) throws -> ModelConfig {
        try model.write(to: folder)
        return try Checkpoint.open(folder.path).config
    }

    private func fault(_ model: FolderWriter) throws -> String {
        try #require(throws: ModelFileError.self) { try config(model) }.description
    }

    @Test(
        "A config is read for each architecture",
        arguments: [
            ("llama", "LlamaForCausalLM", .llama), ("mistral", "MistralForCausalLM", .llama),
            ("qwen2", "Qwen2ForCausalLM", .qwen2),
        ] as [(String, String, ModelFamily)])
    func readsConfig(type: String, architecture: String, family: ModelFamily) throws {
        let expected = ModelConfig(
            family: family, name: "", layerCount: 1, hiddenSize: 8, feedForwardSize: 12, headCount: 2,
            keyValueHeadCount: 1, headDimension: 4, vocabularySize: 5, contextLength: 64, normEpsilon: 1e-5,
            rope: RopeConfig(theta: 10_000, dimension: 4, layout: .halves), tiesEmbeddings: false,
            slidingWindow: nil,
            beginningOfSequence: 1, endOfSequence: [2])
        let model = FolderWriter.tiny(type, architecture: architecture)
        #expect(try config(model) == expected)
        #expect(try config(model.with("architectures", nil)) == expected)
    }

    @Test func `another architecture is refused with those that run`() throws {
        let text = try fault(.tiny("gpt2", architecture: "GPT2LMHeadModel"))
        #expect(
            text.contains("the architecture GPT2LMHeadModel is not supported; Needletail runs qwen2, llama"))
        let reward = try fault(.tiny("qwen2", architecture: "Qwen2ForSequenceClassification"))
        #expect(reward.contains("Qwen2ForSequenceClassification"))
        let none = FolderWriter.tiny().with("architectures", nil).with("model_type", nil)
        #expect(try fault(none).contains("the architecture (none)"))
    }

    @Test func `another activation and quantised weights are refused`() throws {
        #expect(
            try fault(FolderWriter.tiny().with("hidden_act", "gelu")).contains(
                "hidden_act \"gelu\" is not supported"))
        let quantized = FolderWriter.tiny().with("quantization_config", ["quant_method": "awq"])
        #expect(try fault(quantized).contains("quantization_config \"awq\" is not supported"))
    }

    @Test(
        "A number that is missing, of another kind or out of range is refused with its key",
        arguments: [
            "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "max_position_embeddings",
        ])
    func refusesNumbers(key: String) throws {
        let model = FolderWriter.tiny()
        for value in [nil, JSONValue.null] {
            #expect(try fault(model.with(key, value)).contains("key \(key): the key is missing"))
        }
        #expect(try fault(model.with(key, 0)).contains("key \(key): 0 should be positive"))
        #expect(try fault(model.with(key, "8")).contains("key \(key): string should be an integer"))
        #expect(try fault(model.with(key, 8.5)).contains("key \(key): 8.5 should be an integer"))
        #expect(
            try fault(model.with(key, .int(.max))).contains("key \(key): the value is 9223372036854775807"))
    }

    @Test func `the head dimension is stated, or an equal share of the hidden size`() throws {
        let model = FolderWriter.tiny()
        #expect(try config(model.with("head_dim", 16)).headDimension == 16)
        #expect(try config(model.with("head_dim", .null)).headDimension == 4)
        let text = try fault(model.with("num_attention_heads", 3))
        #expect(text.contains("key head_dim: it is missing, and 3 heads do not divide the hidden size 8"))
    }

    @Test func `embeddings are tied where the config says so, or the head is missing`() throws {
        var model = FolderWriter.tiny().with("tie_word_embeddings", true)
        try model.write(to: folder)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.config.tiesEmbeddings && checkpoint.tensors["output.weight"] == nil)
        model = FolderWriter.tiny()
        model.tensors.remove(at: 2)
        #expect(try config(model).tiesEmbeddings)
    }

    @Test func `the ends of a sequence come from both config files, as a number or a list`() throws {
        let model = FolderWriter.tiny().with("eos_token_id", [3, 2])
        #expect(try config(model).endOfSequence == [3, 2])
        try folder.write(#"{"eos_token_id": [2, 4]}"#, to: "generation_config.json")
        #expect(try config(model).endOfSequence == [3, 2, 4])
        try folder.write(#"{"eos_token_id": 1}"#, to: "generation_config.json")
        #expect(try config(model.with("eos_token_id", .null)).endOfSequence == [1])
        try folder.write(#"{"eos_token_id": ["2"]}"#, to: "generation_config.json")
        let text = try fault(model)
        #expect(text.contains("generation_config.json: key eos_token_id: string should be an integer"))
    }

    @Test func `Mistral's sliding window counts, Qwen2's only where it is switched on`() throws {
        let mistral = FolderWriter.tiny("mistral", architecture: "MistralForCausalLM")
        #expect(try config(mistral.with("sliding_window", 16)).slidingWindow == 16)
        #expect(try config(mistral.with("sliding_window", .null)).slidingWindow == nil)
        #expect(try config(mistral.with("sliding_window", 64)).slidingWindow == nil)
        let qwen = FolderWriter.tiny("qwen2", architecture: "Qwen2ForCausalLM").with("sliding_window", 16)
        #expect(try config(qwen).slidingWindow == nil)
        #expect(try config(qwen.with("use_sliding_window", false)).slidingWindow == nil)
        let switchedOn = qwen.with("use_sliding_window", true)
        #expect(try config(switchedOn.with("max_window_layers", 0)).slidingWindow == 16)
        #expect(try config(switchedOn.with("max_window_layers", 1)).slidingWindow == nil)
        #expect(try config(switchedOn.with("layer_types", ["full_attention"])).slidingWindow == nil)
        let mixed = switchedOn.with("layer_types", ["full_attention", "sliding_attention"])
        #expect(try fault(mixed).contains("a sliding window in some layers only is not supported"))
    }

    @Test(
        "Rotary scaling is read from rope_scaling",
        arguments: [
            (["rope_type": "default"], .none, 64),
            (["type": "linear", "factor": 2.0], .linear(factor: 2), 128),
            (
                [
                    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                    "original_max_position_embeddings": 32,
                ],
                .llama3(factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContextLength: 32),
                64
            ),
            (
                ["type": "yarn", "factor": 4, "original_max_position_embeddings": 64],
                .yarn(factor: 4, originalContextLength: 64, betaFast: 32, betaSlow: 1, attentionFactor: nil),
                256
            ),
            (
                [
                    "rope_type": "yarn", "factor": 2.0, "beta_fast": 16, "beta_slow": 2,
                    "attention_factor": 0.75,
                ],
                .yarn(factor: 2, originalContextLength: 64, betaFast: 16, betaSlow: 2, attentionFactor: 0.75),
                128
            ),
        ] as [(JSONValue, RopeConfig.Scaling, Int)])
    func readsScaling(scaling: JSONValue, expected: RopeConfig.Scaling, contextLength: Int) throws {
        let config = try config(FolderWriter.tiny().with("rope_scaling", scaling))
        #expect(config.rope.scaling == expected && config.contextLength == contextLength)
    }

    @Test func `rope_parameters holds the base and the scaling`() throws {
        let model = FolderWriter.tiny().with("rope_theta", nil).with(
            "rope_parameters",
            ["rope_theta": 500000.0, "rope_type": "linear", "factor": 2, "partial_rotary_factor": 0.5])
        let rope = try config(model).rope
        #expect(
            rope == RopeConfig(theta: 500_000, dimension: 2, layout: .halves, scaling: .linear(factor: 2)))
    }

    @Test(
        "Scaling that is not known or lacks a number is refused",
        arguments: [
            (["rope_type": "dynamic", "factor": 2], "rope_scaling of type dynamic is not supported"),
            (["rope_type": "linear"], "key rope_scaling.factor: the key is missing"),
            (["rope_type": "linear", "factor": -1], "key rope_scaling.factor: -1.0 should be positive"),
            (["rope_type": "llama3", "factor": 8], "key rope_scaling.low_freq_factor: the key is missing"),
        ] as [(JSONValue, String)])
    func refusesScaling(scaling: JSONValue, reason: String) throws {
        #expect(try fault(FolderWriter.tiny().with("rope_scaling", scaling)).contains(reason))
    }
}
