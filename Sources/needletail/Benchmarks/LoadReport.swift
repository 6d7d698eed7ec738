import Benchmarking
import JSON

/// Shows what a load of requests came to: a table for people, or vLLM's names in JSON.
struct LoadReport {
    let summary: LoadSummary
    /// What was measured, before the figures in JSON.
    let settings: [(name: String, value: JSONValue)]

    /// One JSON object, with reasons of failure where there are any.
    var json: JSONValue {
        var members = settings + summary.members
        if !summary.failures.isEmpty {
            members.append(
                (
                    "errors",
                    .array(summary.failures.map { ["reason": .string($0.reason), "count": .int($0.count)] })
                ))
        }
        return JSONValue(members: members)
    }

    /// Two tables, and a line for each reason of failure.
    func lines(for terminal: Terminal) -> [String] {
        var figures = Table([("", .left), ("", .right)])
        figures.append(["requests that succeeded", Quantities.count(summary.completed)])
        if summary.failed > 0 { figures.append(["requests that failed", Quantities.count(summary.failed)]) }
        figures.append(["duration, s", Quantities.decimal(summary.duration, digits: 2)])
        figures.append(["input tokens", Quantities.count(summary.inputTokens)])
        figures.append(["output tokens", Quantities.count(summary.outputTokens)])
        figures.append(["requests/s", Quantities.decimal(summary.requestThroughput, digits: 2)])
        figures.append(["output tokens/s", Quantities.decimal(summary.outputThroughput, digits: 1)])
        figures.append(["total tokens/s", Quantities.decimal(summary.totalThroughput, digits: 1)])
        let failures = summary.failures.map {
            terminal.styled("\($0.count) × \($0.reason)", .red)
        }
        return figures.lines(for: terminal).dropFirst() + [""] + latencies.lines(for: terminal) + failures
    }

    /// Time to first token, time per output token, inter-token and end-to-end latency.
    var latencies: Table {
        let ranks = summary.endToEndLatency.percentiles.map { "p\(LatencySummary.text($0.rank))" }
        var table = Table(
            [(title: "ms", alignment: .left)]
                + (["mean", "median"] + ranks).map { (title: $0, alignment: .right) })
        for (_, title, summary) in summary.latencies where summary.count > 0 {
            let values = [summary.mean, summary.median] + summary.percentiles.map(\.value)
            table.append([title] + values.map { Quantities.decimal($0, digits: 2) })
        }
        return table
    }
}
