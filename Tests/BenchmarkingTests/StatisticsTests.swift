import Benchmarking
import JSON
import Testing

struct StatisticsTests {
    @Test func `a summary has mean, median, spread, and percentiles between values`() {
        // The same as NumPy's mean, median, std and percentile of these values.
        let summary = LatencySummary([4, 1, 3, 2], percentiles: [0, 25, 90, 99, 100])
        #expect(summary.count == 4)
        #expect(summary.mean == 2.5)
        #expect(summary.median == 2.5)
        #expect(abs(summary.standardDeviation - 1.118_033_988_749_895) < 1e-12)
        let expected = [1, 1.75, 3.7, 3.97, 4]
        for (percentile, value) in zip(summary.percentiles, expected) {
            #expect(abs(percentile.value - value) < 1e-12, "p\(percentile.rank)")
        }
        #expect(summary.percentiles.count == expected.count)
    }

    @Test func `one value is every percentile, and none gives zeros`() {
        let one = LatencySummary([7], percentiles: [1, 99])
        #expect(one.median == 7 && one.standardDeviation == 0)
        #expect(one.percentiles.map(\.value) == [7, 7])
        let none = LatencySummary([], percentiles: [99])
        #expect(none.mean == 0 && none.median == 0 && none.percentiles.map(\.value) == [0])
    }

    @Test func `a record takes the first token apart from those after it`() {
        var record = RequestRecord(promptTokens: 10)
        #expect(record.timePerOutputToken == nil)
        for time in [0.5, 0.75, 1.25, 1.5] { record.noteTokens(at: time) }
        record.outputTokens = 5
        #expect(record.timeToFirstToken == 0.5)
        #expect(record.interTokenLatencies == [0.25, 0.5, 0.25])
        #expect(record.latency == 1.5)
        #expect(record.timePerOutputToken == 0.25)
        record.outputTokens = 1
        #expect(record.timePerOutputToken == nil)
    }

    /// Two requests that succeed and three that fail for two reasons.
    private static let records: [RequestRecord] = {
        var first = RequestRecord(promptTokens: 100)
        for time in [0.1, 0.2, 0.3] { first.noteTokens(at: time) }
        first.outputTokens = 3
        var second = RequestRecord(promptTokens: 50)
        for time in [0.3, 0.9] { second.noteTokens(at: time) }
        second.outputTokens = 4
        let failures = ["refused", "lost", "refused"].map { reason in
            var record = RequestRecord(promptTokens: 1000)
            record.noteTokens(at: 99)
            record.failure = reason
            return record
        }
        return [first, second] + failures
    }()

    @Test func `throughput counts what succeeded, and failures are told by reason`() {
        let summary = LoadSummary(Self.records, duration: 2)
        #expect(summary.completed == 2 && summary.failed == 3)
        #expect(summary.inputTokens == 150 && summary.outputTokens == 7)
        #expect(summary.requestThroughput == 1)
        #expect(summary.outputThroughput == 3.5)
        #expect(summary.totalThroughput == 78.5)
        #expect(abs(summary.timeToFirstToken.mean - 200) < 1e-9)
        #expect(abs(summary.timePerOutputToken.mean - 150) < 1e-9)
        #expect(abs(summary.interTokenLatency.mean - 800 / 3) < 1e-9)
        #expect(abs(summary.endToEndLatency.mean - 600) < 1e-9)
        #expect(summary.failures.map(\.reason) == ["refused", "lost"])
        #expect(summary.failures.map(\.count) == [2, 1])
    }

    @Test func `JSON has the names of vllm bench serve`() {
        let summary = LoadSummary(Self.records, duration: 2, percentiles: [90, 99.9])
        let names = JSONValue(members: summary.members).members.map(\.name)
        let latencies = ["ttft", "tpot", "itl", "e2el"].flatMap { name in
            ["mean", "median", "std", "p90", "p99.9"].map { "\($0)_\(name)_ms" }
        }
        #expect(
            names == [
                "duration", "completed", "failed", "total_input_tokens", "total_output_tokens",
                "request_throughput", "output_throughput", "total_token_throughput",
            ] + latencies)
    }
}
