import Benchmarking
import JSON
import Testing

struct DatasetTests {
    private static let ids = PromptMaker.ids(1000..<30_000)

    private static func random(_ seed: UInt64, maker: PromptMaker = ids) -> [BenchmarkRequest] {
        MadeUpDatasets.random(
            count: 200, input: LengthRange(32, 512), output: LengthRange(64, 128), maker: maker, seed: seed)
    }

    private static func ids(_ prompt: BenchmarkRequest.Prompt) -> [Int] {
        if case .tokens(let tokens) = prompt { tokens } else { [] }
    }

    @Test func `the same seed gives the same load, and another one another`() {
        #expect(Self.random(1) == Self.random(1))
        #expect(Self.random(1) != Self.random(2))
    }

    @Test func `random lengths fill their range, and prompts have them`() {
        let requests = Self.random(3)
        for request in requests {
            #expect((32...512).contains(request.promptTokens) && (64...128).contains(request.outputTokens))
            let tokens = Self.ids(request.prompt)
            #expect(tokens.count == request.promptTokens)
            #expect(tokens.allSatisfy { (1000..<30_000).contains($0) })
        }
        let mean = Double(requests.reduce(0) { $0 + $1.promptTokens }) / 200
        #expect(abs(mean - 272) < 40, "\(mean)")
        #expect(Set(requests.map(\.prompt).map(Self.ids)).count == 200)
    }

    @Test func `words make prompts of the same lengths as ids`() {
        let words = Self.random(4, maker: .words)
        #expect(words.map(\.promptTokens) == Self.random(4).map(\.promptTokens))
        #expect(words.map(\.outputTokens) == Self.random(4).map(\.outputTokens))
        for request in words {
            guard case .text(let text) = request.prompt else {
                Issue.record("a prompt of words is text")
                continue
            }
            #expect(text.split(separator: " ").count == request.promptTokens)
        }
    }

    @Test func `conversations are as long as ShareGPT's on average, within vLLM's limits`() {
        let requests = MadeUpDatasets.shareGPTShaped(count: 4000, maker: Self.ids, seed: 5)
        let input = Double(requests.reduce(0) { $0 + $1.promptTokens }) / 4000
        let output = Double(requests.reduce(0) { $0 + $1.outputTokens }) / 4000
        // What is too long is drawn again, so that the means are below those of the paper.
        #expect((90...161).contains(input), "\(input)")
        #expect((270...338).contains(output), "\(output)")
        for request in requests {
            #expect((4...1024).contains(request.promptTokens) && request.outputTokens >= 4)
            #expect(request.promptTokens + request.outputTokens <= 2048)
        }
    }

    @Test func `prefixes are shared evenly, and nothing else is`() {
        let requests = MadeUpDatasets.prefixRepetition(
            count: 40, prefixes: 4, prefix: 30, suffix: 10, output: 7, maker: Self.ids, seed: 6)
        let prompts = requests.map { Self.ids($0.prompt) }
        #expect(requests.allSatisfy { $0.promptTokens == 40 && $0.outputTokens == 7 })
        let groups = Dictionary(grouping: prompts) { Array($0[..<30]) }
        #expect(groups.values.map(\.count) == [10, 10, 10, 10])
        #expect(Set(prompts.map { Array($0[30...]) }).count == 40)
    }

    @Test(arguments: [
        ("512", LengthRange(512, 512)), ("32:512", LengthRange(32, 512)), ("0", nil), ("5:4", nil), ("", nil),
        ("1:2:3", nil), ("-1", nil), ("a", nil), ("4:", nil), ("99999999999999999999", nil),
    ])
    func `lengths are a number or two`(_ text: String, _ expected: LengthRange?) {
        #expect(LengthRange(text) == expected)
    }

    @Test func `a ratio widens a range on both sides`() {
        #expect(LengthRange(100, 200).widened(by: 0.25) == LengthRange(75, 250))
        #expect(LengthRange(1, 1).widened(by: 0.9) == LengthRange(1, 2))
        #expect(LengthRange(7, 9).widened(by: 0) == LengthRange(7, 9))
    }

    // MARK: Files

    private static func conversation(_ turns: String...) -> JSONValue {
        ["conversations": .array(turns.map { ["from": "human", "value": .string($0)] })]
    }

    @Test func `ShareGPT's first turn is the prompt, and the second one's length that of the output`() throws
    {
        let file: JSONValue = .array([
            Self.conversation("five words are in here", "and six words are in here", "not this"),
            Self.conversation("one turn is no conversation"), Self.conversation("too short", "to count"),
            ["items": []],
        ])
        let words: (String) -> Int = { $0.split(separator: " ").count }
        let requests = try DatasetFiles.shareGPT(file, count: 3, output: nil, seed: 0, tokens: words)
        let expected = BenchmarkRequest(
            prompt: .text("five words are in here"), promptTokens: 5, outputTokens: 6)
        #expect(requests == [expected, expected, expected])
        let fixed = try DatasetFiles.shareGPT(file, count: 1, output: 9, seed: 0, tokens: words)
        #expect(fixed.map(\.outputTokens) == [9])
        #expect(throws: DatasetError.self) {
            try DatasetFiles.shareGPT([], count: 1, output: nil, seed: 0, tokens: words)
        }
        #expect(throws: DatasetError.self) {
            try DatasetFiles.shareGPT("no array", count: 1, output: nil, seed: 0, tokens: words)
        }
    }

    @Test func `a custom file has a prompt a line, and says where it is wrong`() throws {
        let text = """
            {"prompt": "first"}

            {"prompt": "second", "output_tokens": 5}
            """
        let requests = try DatasetFiles.custom(text, count: 3, output: 8) { $0.utf8.count }
        #expect(requests.map(\.prompt) == [.text("first"), .text("second"), .text("first")])
        #expect(requests.map(\.outputTokens) == [8, 5, 8])
        #expect(requests.map(\.promptTokens) == [5, 6, 5])
        for broken in [
            "{\"prompt\": 1}", "{\"prompt\": \"a\"}\nnonsense", "{\"prompt\": \"a\", \"output_tokens\": 0}",
        ] {
            let error = #expect(throws: DatasetError.self) {
                try DatasetFiles.custom(broken, count: 9, output: 1, tokens: DatasetFiles.estimate)
            }
            let line = broken.split(separator: "\n").count
            #expect(error?.description.hasPrefix("line \(line)") == true)
        }
        #expect(throws: DatasetError.self) {
            try DatasetFiles.custom("\n\n", count: 1, output: 1, tokens: DatasetFiles.estimate)
        }
    }

    // MARK: Arrivals

    @Test func `arrivals at a rate are a Poisson process, and at an infinite one all at once`() {
        let arrivals = LoadGenerator(rate: 5, concurrencyMax: nil, seed: 7).arrivals(count: 4001)
        #expect(arrivals.first == 0)
        let gaps = zip(arrivals.dropFirst(), arrivals).map { $0 - $1 }
        #expect(gaps.allSatisfy { $0 > 0 })
        let summary = LatencySummary(gaps)
        // The mean of exponential gaps is their standard deviation.
        #expect(abs(summary.mean - 0.2) < 0.02, "\(summary.mean)")
        #expect(abs(summary.standardDeviation - 0.2) < 0.02, "\(summary.standardDeviation)")
        #expect(LoadGenerator(rate: .infinity, concurrencyMax: nil, seed: 7).arrivals(count: 3) == [0, 0, 0])
    }
}
