/// What a load of requests came to, defined as vLLM's benchmarks define it.
package struct LoadSummary: Sendable {
    /// Requests that succeeded.
    package let completed: Int
    /// Requests that did not.
    package let failed: Int
    /// From the first request to the end of the last, in seconds.
    package let duration: Double
    /// Tokens of the prompts of those that succeeded.
    package let inputTokens: Int
    /// Tokens of their outputs.
    package let outputTokens: Int
    /// Time to first token, in milliseconds.
    package let timeToFirstToken: LatencySummary
    /// Time per output token after a request's first, one value a request, in milliseconds.
    package let timePerOutputToken: LatencySummary
    /// Between two events that brought tokens, over all requests, in milliseconds.
    package let interTokenLatency: LatencySummary
    /// A whole request, in milliseconds.
    package let endToEndLatency: LatencySummary
    /// Different reasons of failure, the most frequent first.
    package let failures: [(reason: String, count: Int)]

    /// Sums up records.
    ///
    /// - Parameter percentiles: The ranks, 0 to 100, of the percentiles that are wanted.
    package init(_ records: [RequestRecord], duration: Double, percentiles: [Double] = [99]) {
        let succeeded = records.filter { $0.failure == nil }
        completed = succeeded.count
        failed = records.count - succeeded.count
        self.duration = duration
        inputTokens = succeeded.reduce(0) { $0 + $1.promptTokens }
        outputTokens = succeeded.reduce(0) { $0 + $1.outputTokens }
        func summary(_ seconds: [Double]) -> LatencySummary {
            LatencySummary(seconds.map { $0 * 1000 }, percentiles: percentiles)
        }
        timeToFirstToken = summary(succeeded.compactMap(\.timeToFirstToken))
        timePerOutputToken = summary(succeeded.compactMap(\.timePerOutputToken))
        interTokenLatency = summary(succeeded.flatMap(\.interTokenLatencies))
        endToEndLatency = summary(succeeded.map(\.latency))
        let reasons = Dictionary(grouping: records.compactMap(\.failure)) { $0 }.mapValues(\.count)
        failures = reasons.map { (reason: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }

    /// Requests per second.
    package var requestThroughput: Double { rate(completed) }
    /// Tokens of output per second.
    package var outputThroughput: Double { rate(outputTokens) }
    /// Tokens of prompts and outputs per second.
    package var totalThroughput: Double { rate(inputTokens + outputTokens) }

    private func rate(_ count: Int) -> Double { duration > 0 ? Double(count) / duration : 0 }

    /// The four latencies: vLLM's short name, a title, and the figures in milliseconds.
    package var latencies: [(name: String, title: String, summary: LatencySummary)] {
        [
            ("ttft", "time to first token", timeToFirstToken),
            ("tpot", "time per output token", timePerOutputToken),
            ("itl", "inter-token latency", interTokenLatency),
            ("e2el", "end-to-end latency", endToEndLatency),
        ]
    }
}
