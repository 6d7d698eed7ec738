import JSON
import Models
import TestSupport
import Testing

/// Logits and greedy tokens beside llama.cpp's, recorded by Golden/make_logits.py.
@Suite(.serialized) struct ParityTests {
    /// A step of greedy decoding is compared while the reference's best token leads by this much: activations are
    /// rounded to 8 bits on both sides, so closer races are decided by rounding.
    static let marginMin = 0.5

    @Test(
        "Both models are here, or it is said which one is missing and why", arguments: FetchedModel.allCases)
    func modelIsPresent(_ model: FetchedModel) throws {
        guard model.isPresent else { try Test.cancel(model.absence) }
    }

    @Test("Logits are those of the same weights in f32", arguments: FetchedModel.present)
    func logitsMatch(_ model: FetchedModel) throws {
        let golden = try model.goldenData()
        let stride = try #require(golden["sampleStride"]?.intValue)
        let language = try model.load(contextLength: 1024)
        for prompt in try #require(golden["prompts"]?.arrayValue) {
            let name = try #require(prompt["name"]?.stringValue)
            let positions = try #require(prompt["positions"]?.arrayValue)
            var runner = SequenceRunner(language)
            let rows = try positions.map { try #require($0["position"]?.intValue) }
            let logits = runner.run(try Self.tokens(prompt["tokens"]), logitsAt: rows)
            for (position, ours) in zip(positions, logits) {
                let theirs = try Self.numbers(position["sample"])
                let sample = (0..<theirs.count).map { Double(ours[$0 * stride]) }
                let cosine = Self.cosine(sample, theirs)
                let yardstick = try #require(position["quantizedCosine"]?.doubleValue)
                #expect(cosine > min(yardstick, 0.9995) - 0.002, "\(name): \(cosine), llama.cpp \(yardstick)")
                try Self.checkTop(ours, position, name)
            }
        }
    }

    @Test(
        "The first 64 greedy tokens are llama.cpp's, until a race is too close",
        arguments: FetchedModel.present)
    func greedyMatches(_ model: FetchedModel) throws {
        let language = try model.load(contextLength: 1024)
        for prompt in try Self.prompts(model) {
            var runner = SequenceRunner(language)
            let ours = runner.greedy(after: prompt.tokens, count: prompt.greedy.count)
            let parting = zip(ours, prompt.greedy).enumerated().first { $1.0 != $1.1 }?.offset
            let lead = parting.map { prompt.margins[$0] } ?? 0
            #expect(lead < Self.marginMin, "\(prompt.name): parted at token \(parting ?? 0)")
            #expect(parting != nil || ours.count == prompt.greedy.count, "\(prompt.name)")
        }
    }

    @Test(
        "After llama.cpp's own tokens each next one is the same, unless a race is close",
        arguments: FetchedModel.present)
    func forcedMatches(_ model: FetchedModel) throws {
        let language = try model.load(contextLength: 1024)
        var (compared, all) = (0, 0)
        for prompt in try Self.prompts(model) {
            var runner = SequenceRunner(language)
            let first = prompt.tokens.count - 1
            let logits = runner.run(
                prompt.tokens + prompt.greedy.dropLast(),
                logitsAt: Array(first..<(first + prompt.greedy.count)))
            for (index, row) in logits.enumerated() where prompt.margins[index] >= Self.marginMin {
                #expect(SequenceRunner.top(row) == prompt.greedy[index], "\(prompt.name): token \(index)")
                compared += 1
            }
            all += prompt.greedy.count
        }
        #expect(compared * 2 > all, "too few of \(all) tokens were sure enough to compare")
    }

    /// A recorded prompt with the greedy tokens that follow it, and by how much each led.
    struct Prompt {
        let name: String
        let tokens: [Int32]
        let greedy: [Int32]
        let margins: [Double]
    }

    static func prompts(_ model: FetchedModel) throws -> [Prompt] {
        try #require(model.goldenData()["prompts"]?.arrayValue).map { prompt in
            Prompt(
                name: try #require(prompt["name"]?.stringValue), tokens: try tokens(prompt["tokens"]),
                greedy: try tokens(prompt["greedy"]?["tokens"]),
                margins: try numbers(prompt["greedy"]?["margins"]))
        }
    }

    /// The best token must be the same wherever the reference's lead is clear.
    private static func checkTop(_ ours: [Float], _ position: JSONValue, _ name: String) throws {
        let tokens = try tokens(position["topTokens"])
        let logits = try numbers(position["topLogits"])
        guard logits[0] - logits[1] >= marginMin else { return }
        #expect(SequenceRunner.top(ours) == tokens[0], "\(name)")
    }

    private static func tokens(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.arrayValue).map { Int32(try #require($0.intValue)) }
    }

    private static func numbers(_ value: JSONValue?) throws -> [Double] {
        try #require(value?.arrayValue).map { try #require($0.doubleValue) }
    }

    static func cosine(_ left: [Double], _ right: [Double]) -> Double {
        let product = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
        let lengths = left.reduce(0) { $0 + $1 * $1 } * right.reduce(0) { $0 + $1 * $1 }
        return product / lengths.squareRoot()
    }
}
