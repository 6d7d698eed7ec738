import JSON
import ModelFiles
import TestSupport
import Testing

import Models

@Suite struct RotaryEmbeddingTests {
    @Test("Frequencies and magnitude are those of Transformers", arguments: ["linear", "llama3", "yarn"])
    func matchesTransformers(_ name: String) throws {
        let golden = try #require(try Golden.json("rope.json")[name])
        let rope = try Self.config(golden)
        let expected = try #require(golden["frequencies"]?.arrayValue).compactMap(\.doubleValue)
        #expect(rope.frequencies.count == expected.count)
        for (ours, theirs) in zip(rope.frequencies, expected) {
            #expect(abs(ours - theirs) <= 1e-5 * abs(theirs))
        }
        let magnitude = try #require(golden["magnitude"]?.doubleValue)
        #expect(abs(rope.magnitude - magnitude) < 1e-6)
    }

    @Test("Divisors divide the base frequencies one by one")
    func divides() {
        let base = RopeConfig(theta: 10_000, dimension: 4, layout: .halves)
        let divided = RopeConfig(theta: 10_000, dimension: 4, layout: .halves, scaling: .divisors([1, 8]))
        #expect(base.frequencies == [1, 0.01])
        #expect(divided.frequencies == [1, 0.01 / 8])
    }

    private static func config(_ golden: JSONValue) throws -> RopeConfig {
        let parameters = try #require(golden["parameters"])
        func number(_ name: String) throws -> Float { Float(try #require(parameters[name]?.doubleValue)) }
        func count(_ name: String) throws -> Int { try #require(parameters[name]?.intValue) }
        let scaling: RopeConfig.Scaling
        switch parameters["rope_type"]?.stringValue {
        case "linear": scaling = .linear(factor: try number("factor"))
        case "llama3":
            scaling = .llama3(
                factor: try number("factor"), lowFrequencyFactor: try number("low_freq_factor"),
                highFrequencyFactor: try number("high_freq_factor"),
                originalContextLength: try count("original_max_position_embeddings"))
        default:
            scaling = .yarn(
                factor: try number("factor"),
                originalContextLength: try count("original_max_position_embeddings"),
                betaFast: try number("beta_fast"), betaSlow: try number("beta_slow"), attentionFactor: nil)
        }
        return RopeConfig(
            theta: try number("rope_theta"), dimension: try #require(golden["dimension"]?.intValue),
            layout: .halves,
            scaling: scaling)
    }
}
