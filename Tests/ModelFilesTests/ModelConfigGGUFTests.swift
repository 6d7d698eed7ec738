import Glibc
import ModelFiles
import Tensors
import Testing
import Tokens

struct ModelConfigGGUFTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func config(_ writer: GGUFWriter) throws -> ModelConfig {
        try Checkpoint.open(folder.write(writer.bytes(), to: "model.gguf")).config
    }

    private func config(
        _ architecture: String = "llama", with key: String, _ value: GGUFWriter.Value?
    ) throws -> ModelConfig {
        var writer = GGUFWriter.tiny(architecture)
        writer[key] = value
        return try config(writer)
    }

    private func fault(_ key: String, _ value: GGUFWriter.Value?) throws -> String {
        try #require(throws: ModelFileError.self) { try config(with: key, value) }.description
    }

    @Test(
        "A config is read for each family",
        arguments: [("llama", .interleaved), ("qwen2", .halves)] as [(String, RopeConfig.Layout)])
    func readsConfig(architecture: String, layout: RopeConfig.Layout) throws {
        let expected = ModelConfig(
            family: architecture == "llama" ? .llama : .qwen2, name: "Tiny", layerCount: 1, hiddenSize: 8,
            feedForwardSize: 12, headCount: 2, keyValueHeadCount: 1, headDimension: 4, vocabularySize: 5,
            contextLength: 64, normEpsilon: 1e-5,
            rope: RopeConfig(theta: 10_000, dimension: 4, layout: layout),
            tiesEmbeddings: true, slidingWindow: nil, beginningOfSequence: nil, endOfSequence: [2])
        #expect(try config(.tiny(architecture)) == expected)
    }

    @Test func `an output head of its own unties the embeddings`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensors.append(.zeros("output.weight", [5, 8]))
        #expect(try config(writer).tiesEmbeddings == false)
    }

    @Test func `another architecture, or none, is refused with those that run`() throws {
        #expect(
            try fault("general.architecture", .string("gpt2")).contains(
                "the architecture gpt2 is not supported"))
        #expect(try fault("general.architecture", nil).contains("Needletail runs qwen2, llama"))
    }

    @Test func `a missing embedding is named`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensors.removeFirst()
        let path = try folder.write(writer.bytes(), to: "model.gguf")
        #expect(throws: ModelFileError.missingTensor(path: path, name: "token_embd.weight")) {
            try Checkpoint.open(path)
        }
    }

    @Test(
        "A number that is missing, of another kind or out of range is refused with its key",
        arguments: [
            "block_count", "embedding_length", "feed_forward_length", "attention.head_count",
            "context_length",
        ])
    func refusesNumbers(name: String) throws {
        let key = "llama.\(name)"
        #expect(try fault(key, nil).contains("key \(key): the key is missing"))
        #expect(try fault(key, .uint32(0)).contains("key \(key): 0 should be positive"))
        #expect(try fault(key, .int32(-8)).contains("key \(key): -8 should be positive"))
        #expect(try fault(key, .string("8")).contains("key \(key): \"8\" should be an integer"))
        #expect(try fault(key, .float32(8.5)).contains("key \(key): 8.5 should be an integer"))
        #expect(
            try fault(key, .uint64(1 << 62)).contains("key \(key): the value is 4611686018427387904, at most")
        )
        #expect(try fault(key, .array(.uint32, [.uint32(8), .uint32(4)])).contains("key \(key): uint32[2]"))
    }

    @Test(
        "An epsilon must be positive and finite",
        arguments: [.float32(0), .float32(-1), .float32(.nan), .float64(1e300)] as [GGUFWriter.Value])
    func refusesEpsilon(value: GGUFWriter.Value) throws {
        #expect(try fault("llama.attention.layer_norm_rms_epsilon", value).contains("should be positive"))
    }

    @Test func `one integer for every layer counts as that integer`() throws {
        let value = GGUFWriter.Value.array(.int32, [.int32(2), .int32(2)])
        #expect(try config(with: "llama.attention.head_count", value).headCount == 2)
    }

    @Test func `heads that do not divide, odd rotations and ids outside the vocabulary are refused`() throws {
        #expect(try fault("llama.attention.head_count", .uint32(3)).contains("3 heads do not divide"))
        #expect(
            try fault("llama.attention.head_count_kv", .uint32(4)).contains("2 query heads cannot share 4"))
        #expect(
            try fault("llama.rope.dimension_count", .uint32(3)).contains(
                "the rotary dimension 3 should be even"))
        #expect(try fault("llama.rope.dimension_count", .uint32(6)).contains("at most the head dimension 4"))
        #expect(try fault("tokenizer.ggml.eos_token_id", .uint32(5)).contains("the token id 5 lies outside"))
        #expect(try fault("tokenizer.ggml.bos_token_id", .uint64(1 << 40)).contains("is no token id"))
        #expect(
            try fault("llama.expert_count", .uint32(8)).contains("a mixture of 8 experts is not supported"))
        #expect(try fault("llama.attention.value_length", .uint32(2)).contains("a value head of 2"))
    }

    @Test func `sizes that multiply to more than 64 bits hold are refused`() throws {
        var writer = GGUFWriter.tiny()
        writer["llama.block_count"] = .uint32(4096)
        writer["llama.context_length"] = .uint32(1 << 30)
        writer["llama.attention.head_count"] = .uint32(1 << 24)
        writer["llama.attention.head_count_kv"] = .uint32(1 << 24)
        writer["llama.attention.key_length"] = .uint32(4)
        let error = try #require(throws: ModelFileError.self) { try config(writer) }
        #expect(error.description.contains("multiply to more than 64 bits hold"))
    }

    @Test func `the ends of a sequence are those of an answer, a turn and a message`() throws {
        var writer = GGUFWriter.tiny()
        writer["tokenizer.ggml.eot_token_id"] = .uint32(3)
        writer["tokenizer.ggml.eom_token_id"] = .int32(2)
        writer["tokenizer.ggml.bos_token_id"] = .uint32(1)
        var config = try config(writer)
        #expect(config.endOfSequence == [2, 3] && config.beginningOfSequence == 1)
        writer["tokenizer.ggml.bos_token_id"] = .uint32(.max)
        writer["tokenizer.ggml.eos_token_id"] = .int32(-1)
        config = try self.config(writer)
        #expect(config.endOfSequence == [3, 2] && config.beginningOfSequence == nil)
    }

    @Test func `a sliding window counts where it is shorter than the context`() throws {
        #expect(try config(with: "llama.attention.sliding_window", .uint32(16)).slidingWindow == 16)
        #expect(try config(with: "llama.attention.sliding_window", .uint32(64)).slidingWindow == nil)
        #expect(try config(with: "llama.attention.sliding_window", .uint32(0)).slidingWindow == nil)
    }

    @Test func `head and rotary dimensions may differ from the quotient`() throws {
        var writer = GGUFWriter.tiny()
        writer["llama.attention.key_length"] = .uint32(16)
        writer["llama.rope.dimension_count"] = .uint32(8)
        writer["llama.rope.freq_base"] = .float32(500_000)
        let config = try config(writer)
        #expect(config.headDimension == 16 && config.rope.dimension == 8 && config.rope.theta == 500_000)
    }

    @Test func `linear scaling is read from either spelling`() throws {
        var writer = GGUFWriter.tiny()
        writer["llama.rope.scale_linear"] = .float32(2)
        #expect(try config(writer).rope.scaling == .linear(factor: 2))
        writer["llama.rope.scaling.type"] = .string("linear")
        writer["llama.rope.scaling.factor"] = .float32(4)
        #expect(try config(writer).rope.scaling == .linear(factor: 4))
        writer["llama.rope.scaling.type"] = .string("none")
        #expect(try config(writer).rope.scaling == .none)
        writer["llama.rope.scaling.type"] = .string("longrope")
        let error = try #require(throws: ModelFileError.self) { try config(writer) }
        #expect(error.description.contains("llama.rope.scaling.type longrope is not supported"))
    }

    @Test func `YaRN is read with its defaults and without`() throws {
        var writer = GGUFWriter.tiny("qwen2")
        writer["qwen2.rope.scaling.type"] = .string("yarn")
        #expect(throws: ModelFileError.self) { try config(writer) }
        writer["qwen2.rope.scaling.factor"] = .float32(4)
        #expect(
            try config(writer).rope.scaling
                == .yarn(
                    factor: 4, originalContextLength: 64, betaFast: 32, betaSlow: 1, attentionFactor: nil))
        writer["qwen2.rope.scaling.original_context_length"] = .uint32(16)
        writer["qwen2.rope.scaling.yarn_beta_fast"] = .float32(20)
        writer["qwen2.rope.scaling.yarn_beta_slow"] = .float32(2)
        writer["qwen2.rope.scaling.attn_factor"] = .float32(0.5)
        let attention: Float = 0.5 * (0.1 * log(4) + 1)
        #expect(
            try config(writer).rope.scaling
                == .yarn(
                    factor: 4, originalContextLength: 16, betaFast: 20, betaSlow: 2,
                    attentionFactor: attention))
    }

    @Test func `the divisors of frequencies come from their tensor`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensors.append(.vector("rope_freqs.weight", [1, 8]))
        #expect(try config(writer).rope.scaling == .divisors([1, 8]))
        writer["llama.rope.scaling.type"] = .string("linear")
        writer["llama.rope.scaling.factor"] = .float32(2)
        #expect(try config(writer).rope.scaling == .divisors([2, 16]))
        writer["llama.rope.scaling.type"] = .string("yarn")
        #expect(throws: ModelFileError.self) { try config(writer) }
    }

    @Test(
        "Divisors that cannot be are refused",
        arguments: [[1], [1, 2, 3], [1, 0], [1, -2], [1, .nan], [1, .infinity], []] as [[Float]])
    func refusesDivisors(divisors: [Float]) throws {
        var writer = GGUFWriter.tiny()
        writer.tensors.append(.vector("rope_freqs.weight", divisors))
        let error = try #require(throws: ModelFileError.self) { try config(writer) }
        #expect(error.description.contains("the rotary divisors should be 2 positive numbers"))
    }
}
