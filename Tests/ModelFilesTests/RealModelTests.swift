import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing
import Tokens

/// Real files, compared with what the gguf Python package reads in them (Golden/dump.py).
struct RealModelTests {
    @Test("Metadata and tensors are those that the reference reads", arguments: FetchedModel.present)
    func matchesReference(model: FetchedModel) throws {
        let golden = try Golden.json("\(model.stem).json")
        let file = try GGUFFile(path: model.path)
        #expect(file.version == golden["version"]?.intValue)
        let metadata = try #require(golden["metadata"])
        #expect(file.metadata.entries.map(\.key) == metadata.members.map(\.name))
        for (key, value) in file.metadata.entries {
            #expect(Self.summary(value) == metadata[key], "\(key)")
        }
        let tensors = file.tensors.map {
            "\($0.name) \($0.type.name) \($0.shape) \($0.range.lowerBound) \($0.byteCount)"
        }
        #expect(tensors == golden["tensors"]?.arrayValue?.compactMap(\.stringValue))
    }

    @Test(.needs(.smollm2))
    func `SmolLM2's config is read`() throws {
        let checkpoint = try Checkpoint.open(FetchedModel.smollm2.path)
        let expected = ModelConfig(
            family: .llama, name: "Smollm2 135M 8k Lc100K Mix1 Ep2", layerCount: 30, hiddenSize: 576,
            feedForwardSize: 1536, headCount: 9, keyValueHeadCount: 3, headDimension: 64,
            vocabularySize: 49_152,
            contextLength: 8192, normEpsilon: 1e-5,
            rope: RopeConfig(theta: 100_000, dimension: 64, layout: .interleaved), tiesEmbeddings: true,
            slidingWindow: nil, beginningOfSequence: 1, endOfSequence: [2])
        #expect(checkpoint.config == expected)
        #expect(checkpoint.quantizationName == "Q4_1" && checkpoint.tensors.count == 272)
        #expect(
            checkpoint.parameterCount == 134_515_008
                && checkpoint.chatTemplate?.contains("<|im_start|>") == true)
    }

    @Test(.needs(.qwenCoder))
    func `Qwen2.5-Coder's config is read, in a few milliseconds`() throws {
        var checkpoints: [Checkpoint] = []
        let clock = ContinuousClock()
        let fastest = try (0..<5).map { _ in
            try clock.measure { checkpoints.append(try Checkpoint.open(FetchedModel.qwenCoder.path)) }
        }.min()
        let checkpoint = try #require(checkpoints.first)
        let expected = ModelConfig(
            family: .qwen2, name: "Qwen2.5 Coder 0.5B Instruct AWQ", layerCount: 24, hiddenSize: 896,
            feedForwardSize: 4864, headCount: 14, keyValueHeadCount: 2, headDimension: 64,
            vocabularySize: 151_936,
            contextLength: 32_768, normEpsilon: 1e-6,
            rope: RopeConfig(theta: 1_000_000, dimension: 64, layout: .halves),
            tiesEmbeddings: false, slidingWindow: nil, beginningOfSequence: 151_643, endOfSequence: [151_645])
        #expect(checkpoint.config == expected)
        #expect(checkpoint.quantizationName == "Q4_K_M" && checkpoint.tensors.count == 291)
        #expect(checkpoint.weightBytes == 485_452_288)
        // Some 1.3 ms alone; other tests run at the same time.
        #expect(try #require(fastest) < .milliseconds(100))
    }

    /// A value as the golden file gives it: short ones themselves, strings and arrays by their hash.
    private static func summary(_ value: GGUFValue) -> JSONValue? {
        switch value {
        case .array(let array):
            var texts: [[UInt8]] = array.integers?.map { Array(String($0).utf8) } ?? []
            array.forEachString { _, utf8 in texts.append(Array(utf8)) }
            return [
                "element": .string("\(array.elementType)"), "count": .int(array.count),
                "fnv1a": .string(hash(texts)),
            ]
        case .string(let text): return ["type": "string", "value": .string(hash([Array(text.utf8)]))]
        case .bool(let flag): return ["type": "bool", "value": .bool(flag)]
        default:
            let number =
                value.intValue.map { JSONValue.int($0) } ?? value.doubleValue.map { .double($0) } ?? .null
            return ["type": .string("\(value.type)"), "value": number]
        }
    }

    /// FNV-1a, 64 bits, over the texts with a zero byte after each.
    private static func hash(_ texts: [[UInt8]]) -> String {
        var state: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in texts {
            for byte in text + [0] { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
