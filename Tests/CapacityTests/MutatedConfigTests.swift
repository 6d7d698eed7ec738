import Capacity
// Foundation reads the golden configs.
import Foundation
import JSON
import TestSupport
import Testing

/// Real configs, changed at random: nothing may trap, and what can be planned must make sense.
@Suite struct MutatedConfigTests {
    private static let models = [
        "Llama-3.1-8B-Instruct", "Mixtral-8x7B-Instruct-v0.1-AWQ", "gemma-3-4b-it", "DeepSeek-V2-Lite",
        "Qwen3-Next-80B-A3B-Instruct", "Qwen3-VL-30B-A3B-Instruct",
    ]
    private static let values: [JSONValue] = [
        .null, .bool(true), .bool(false), 0, 1, -1, 2, 3, 7, 16, 4096, 1_048_576, .int(1 << 31),
        .int(1 << 47),
        .int(.max), .int(.min), 0.5, -0.5, 1e300, "", "8", "full_attention", .array([]), .array([1, 2]),
        .array(["sliding_attention"]), [:],
    ]

    /// The value, as JSON, with one member or element at any depth replaced, doubled or removed.
    private func mutated(_ value: JSONValue, with random: inout RepeatableRandom) -> String {
        switch value {
        case .object where !value.members.isEmpty:
            let changed = Int(random.next() % UInt64(value.members.count))
            let members = value.members.enumerated().compactMap { index, member -> String? in
                let name = JSONValue.string(member.name).serialized()
                guard index == changed else { return "\(name): \(member.value.serialized())" }
                switch random.next() % 8 {
                case 0: return nil
                case 1...4: return "\(name): \(random.element(of: Self.values).serialized())"
                default: return "\(name): \(mutated(member.value, with: &random))"
                }
            }
            return "{\(members.joined(separator: ", "))}"
        case .array(let elements) where !elements.isEmpty:
            let changed = Int(random.next() % UInt64(elements.count))
            var texts = elements.map { $0.serialized() }
            switch random.next() % 4 {
            case 0: texts.remove(at: changed)
            case 1: texts += texts
            default: texts[changed] = mutated(elements[changed], with: &random)
            }
            return "[\(texts.joined(separator: ", "))]"
        case .int(let number):
            let numbers = [
                number &+ 1, number &- 1, number &* 2, number / 2, 0 &- number, number << 20,
                number &* number,
            ]
            return "\(random.element(of: numbers))"
        default: return random.element(of: Self.values).serialized()
        }
    }

    /// The text with some bytes replaced.
    private func mutated(_ text: [UInt8], with random: inout RepeatableRandom) -> [UInt8] {
        var bytes = text
        for _ in 0...(random.next() % 4) {
            let index = Int(random.next() % UInt64(bytes.count))
            bytes[index] = random.element(of: Array("0123456789-.eE\"{}[],:tfnx ".utf8) + [0, 0x80, 0xFF])
        }
        return bytes
    }

    /// Plans at growing memory, and holds the answers against each other.
    private func check(_ profile: ModelProfile, _ random: inout RepeatableRandom) -> Bool {
        var request = PlanRequest(profile: profile, deviceName: "GPU", deviceBytes: 1)
        request.engine = random.element(of: [
            .needletail, .vllm(major: 0, minor: 4), .vllm(major: 0, minor: 11), .vllm(major: 0, minor: 25),
        ])
        // What larger devices get by default would cost capacity.
        request.sequencesMax = 64
        request.stepTokensMax = 2048
        request.contextLength = max(1, profile.contextLength / 4)
        var tokens = 0
        var context = 0
        for gibibytes in [8, 24, 80, 640] {
            request.deviceBytes = gibibytes << 30
            guard let plan = try? CapacityPlanner.plan(request) else { return false }
            #expect(plan.kvBlocks >= 0 && plan.kvTokens >= 0 && plan.kvBytesPerRank >= 0)
            #expect(plan.weightBytesPerRank >= 0 && plan.activationBytesPerRank >= 0)
            #expect(plan.maxContext <= profile.contextLength)
            #expect(plan.requestedContext == request.contextLength)
            #expect(plan.fits == (plan.maxContext >= plan.requestedContext))
            #expect(plan.kvTokens >= tokens && plan.maxContext >= context)
            #expect((0...1).contains(plan.errorBand))
            #expect(plan.maxConcurrency.isFinite && plan.maxConcurrency >= 0)
            #expect(plan.kvBytesPerRank <= request.deviceBytes)
            (tokens, context) = (plan.kvTokens, plan.maxContext)
        }
        return true
    }

    @Test(arguments: models)
    func `mutations give typed errors or plans that make sense`(model: String) throws {
        let file = URL(filePath: ProfileConfigTests.folder + model + ".json")
        let text = Array(try Data(contentsOf: file))
        let original = try JSONValue(parsing: text)
        var random = RepeatableRandom(seed: UInt64(Self.models.firstIndex(of: model) ?? 0) + 1)
        var planned = 0
        var refused = 0
        var unparsed = 0
        for round in 0..<600 {
            let config: JSONValue
            if round.isMultiple(of: 3) {
                guard let parsed = try? JSONValue(parsing: mutated(text, with: &random)) else {
                    unparsed += 1
                    continue
                }
                config = parsed
            } else {
                let once = try JSONValue(parsing: mutated(original, with: &random))
                config = try JSONValue(parsing: mutated(once, with: &random))
            }
            do throws(ProfileError) {
                let profile = try ModelProfile(config: config, name: model)
                if check(profile, &random) { planned += 1 } else { refused += 1 }
            } catch {
                #expect(!error.description.isEmpty)
                refused += 1
            }
        }
        #expect(planned > 50 && refused > 50 && unparsed > 20, "\(planned) \(refused) \(unparsed)")
    }
}
