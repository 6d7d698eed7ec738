import Capacity
import Glibc
import Testing

@Suite struct ProfileLayerTests {
    private func layers(_ name: String) throws -> [LayerState] { try ProfileConfigTests.profile(name).layers }

    @Test func `grouped queries keep fewer heads, of the stated size`() throws {
        let expected = LayerState.full(keyValueHeads: 8, keySize: 128, valueSize: 128)
        #expect(try layers("Qwen3-0.6B") == Array(repeating: expected, count: 28))
    }

    @Test func `a window that is switched off keeps everything`() throws {
        let expected = LayerState.full(keyValueHeads: 4, keySize: 128, valueSize: 128)
        #expect(try layers("Qwen2.5-7B-Instruct") == Array(repeating: expected, count: 28))
    }

    @Test func `windows and full attention take turns`() throws {
        let sliding = LayerState.sliding(keyValueHeads: 8, keySize: 256, valueSize: 256, window: 4096)
        let full = LayerState.full(keyValueHeads: 8, keySize: 256, valueSize: 256)
        #expect(try layers("gemma-2-9b-it").prefix(4) == [sliding, full, sliding, full])
        let gemma3 = try layers("gemma-3-4b-it")
        #expect(
            gemma3.indices.filter { gemma3[$0] == .full(keyValueHeads: 4, keySize: 256, valueSize: 256) }
                == [5, 11, 17, 23, 29])
        let listed = try layers("gpt-oss-20b")
        #expect(listed[0] == .sliding(keyValueHeads: 8, keySize: 64, valueSize: 64, window: 128))
        #expect(listed[1] == .full(keyValueHeads: 8, keySize: 64, valueSize: 64))
    }

    @Test func `chunks and latent vectors are told`() throws {
        let llama4 = try layers("Llama-4-Scout-17B-16E")
        #expect(llama4[0] == .chunked(keyValueHeads: 8, keySize: 128, valueSize: 128, chunk: 8192))
        #expect(llama4[3] == .full(keyValueHeads: 8, keySize: 128, valueSize: 128))
        #expect(
            try layers("DeepSeek-V2-Lite") == Array(repeating: .latent(rank: 512, ropeSize: 64), count: 27))
    }

    @Test func `recurrent layers keep a state and attention keeps tokens`() throws {
        let jamba = try layers("Jamba-v0.1")
        #expect(jamba[0] == .recurrent(elements: 8192 * 3 + 8192 * 16))
        #expect(
            jamba.indices.filter { jamba[$0] == .full(keyValueHeads: 8, keySize: 128, valueSize: 128) }
                == [4, 12, 20, 28])
        let next = try layers("Qwen3-Next-80B-A3B-Instruct")
        #expect(next[0] == .recurrent(elements: 8192 * 3 + 32 * 128 * 128))
        #expect(next[3] == .full(keyValueHeads: 2, keySize: 256, valueSize: 256))
    }

    @Test func `quantised checkpoints take the bytes that their layout takes`() throws {
        let bits = try ProfileConfigTests.profile("Llama-3.1-8B-Instruct-bnb-4bit").weights
        #expect((5_650_000_000...5_760_000_000).contains(bits.totalBytes))
        let gptq = try ProfileConfigTests.profile("Phi-4-AutoRound-GPTQ-4bit").weights
        #expect((9_000_000_000...9_200_000_000).contains(gptq.totalBytes))
        let fp8 = try ProfileConfigTests.profile("DeepSeek-V3").weights
        #expect((670_000_000_000...675_000_000_000).contains(fp8.totalBytes))
        let mixtral = try ProfileConfigTests.profile("Mixtral-8x7B-Instruct-v0.1-AWQ").weights
        #expect((24_000_000_000...25_000_000_000).contains(mixtral.totalBytes))
        let loaded = try ProfileConfigTests.profile("Qwen1.5-14B-Chat", quantization: "fp8").weights
        #expect(loaded.quantization == "fp8")
        #expect((15_700_000_000...15_800_000_000).contains(loaded.totalBytes))
    }

    /// The figures are what vLLM printed when it had loaded the model on so many ranks.
    @Test(
        arguments: [("Qwen3-VL-30B-A3B-Instruct", 4, 14.77), ("Qwen3-VL-30B-A3B-Instruct", 1, 58.23)])
    func `ranks share a tower of vision`(name: String, ranks: Int, gibibytes: Double) throws {
        let profile = try ProfileConfigTests.profile(name)
        let text = try ProfileConfigTests.profile("Qwen3-30B-A3B")
        #expect(profile.weights.totalBytes > text.weights.totalBytes + 1_000_000_000)
        #expect(profile.weights.replicatedBytes < text.weights.replicatedBytes + 20_000_000)
        #expect(profile.vision?.patchSize == 3 * 2 * 16 * 16)
        var request = PlanRequest(
            profile: profile, deviceName: "GPU", deviceBytes: 80 << 30, deviceCount: ranks)
        request.engine = .vllm(major: 0, minor: 11)
        request.tensorParallelSize = ranks
        request.contextLength = 8192
        let bytes = try CapacityPlanner.plan(request).weightBytesPerRank
        #expect(abs(Double(bytes) / Double(1 << 30) / gibibytes - 1) < 0.025, "\(bytes)")
    }

    private static let models =
        (getenv("NEEDLETAIL_MODELS") ?? getenv("HOME")).map { String(cString: $0) }.map {
            getenv("NEEDLETAIL_MODELS") == nil ? $0 + "/.cache/needletail/models" : $0
        } ?? ""
    private static let smol = models + "/SmolLM2-135M-Instruct.Q4_1.gguf"

    @Test(
        .enabled(if: access(smol, R_OK) == 0, "SmolLM2-135M-Instruct.Q4_1.gguf is not in the models' folder"))
    func `a GGUF file's tensors are its weights`() throws {
        let profile = try ModelProfile.load(path: Self.smol)
        #expect(profile.parameterCount == 134_515_008)
        #expect(
            profile.layers == Array(repeating: .full(keyValueHeads: 3, keySize: 64, valueSize: 64), count: 30)
        )
        #expect(profile.weights.quantization == "Q4_1")
        #expect((95_000_000...98_362_432).contains(profile.weights.totalBytes))
    }

    @Test func `the metadata of 70 billion weights is read in under 100 milliseconds`() throws {
        let time = try ContinuousClock().measure {
            _ = try ProfileConfigTests.profile("Llama-3.1-70B-Instruct")
        }
        #expect(time < .milliseconds(100))
    }
}
