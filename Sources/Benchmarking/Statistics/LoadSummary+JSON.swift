package import JSON

extension LoadSummary {
    /// The figures under the names that `vllm bench serve` gives them.
    package var members: [(name: String, value: JSONValue)] {
        var members: [(name: String, value: JSONValue)] = [
            ("duration", .double(duration)), ("completed", .int(completed)), ("failed", .int(failed)),
            ("total_input_tokens", .int(inputTokens)), ("total_output_tokens", .int(outputTokens)),
            ("request_throughput", .double(requestThroughput)),
            ("output_throughput", .double(outputThroughput)),
            ("total_token_throughput", .double(totalThroughput)),
        ]
        for (name, _, summary) in latencies { members += summary.members(name) }
        return members
    }
}

extension LatencySummary {
    /// `mean_ttft_ms`, `median_ttft_ms`, `std_ttft_ms`, `p99_ttft_ms` for the name `ttft`.
    package func members(_ name: String) -> [(name: String, value: JSONValue)] {
        [
            ("mean_\(name)_ms", .double(mean)), ("median_\(name)_ms", .double(median)),
            ("std_\(name)_ms", .double(standardDeviation)),
        ]
            + percentiles.map { ("p\(Self.text($0.rank))_\(name)_ms", .double($0.value)) }
    }

    /// A rank as people write it: 99, 99.9.
    package static func text(_ rank: Double) -> String {
        Int(exactly: rank).map(String.init) ?? rank.description
    }
}
