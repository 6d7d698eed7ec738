import Engine

/// The engines' statistics under the names, types and labels of vLLM's metrics.
struct EngineMetrics {
    /// Each engine's labels and figures.
    let engines: [(labels: PrometheusText.Labels, statistics: EngineStatistics)]

    func write(to text: inout PrometheusText) {
        gauge("vllm:num_requests_running", "Requests that hold blocks", &text) { Double($0.runningCount) }
        gauge("vllm:num_requests_waiting", "Requests that wait", &text) { Double($0.waitingCount) }
        gauge("vllm:kv_cache_usage_perc", "Used share of the KV cache, 1 is all", &text) { $0.cacheUsage }
        counter("vllm:prompt_tokens_total", "Prompt tokens computed", &text, \.promptTokenCount)
        counter("vllm:generation_tokens_total", "Tokens generated", &text, \.generationTokenCount)
        counter("vllm:num_preemptions_total", "Requests that lost their blocks", &text, \.preemptionCount)
        finished(&text)
        histogram("vllm:iteration_tokens_total", "Tokens of a step", &text, \.iterationTokens)
        histogram(
            "vllm:time_to_first_token_seconds", "From arrival to first token", &text, \.timeToFirstToken)
        histogram("vllm:inter_token_latency_seconds", "Between two tokens", &text, \.interTokenLatency)
        histogram(
            "vllm:request_time_per_output_token_seconds", "Mean time a token after the first", &text,
            \.timePerOutputToken)
        histogram("vllm:e2e_request_latency_seconds", "From arrival to the end", &text, \.endToEndLatency)
        histogram("vllm:request_queue_time_seconds", "From arrival to the first step", &text, \.queueTime)
        histogram(
            "vllm:request_prefill_time_seconds", "From the first step to the first token", &text,
            \.prefillTime)
        histogram("vllm:request_decode_time_seconds", "From the first token to the last", &text, \.decodeTime)
        histogram(
            "vllm:request_inference_time_seconds", "From the first step to the last token", &text,
            \.inferenceTime)
        histogram("vllm:request_prompt_tokens", "Prompt tokens of a request", &text, \.requestPromptTokens)
        histogram(
            "vllm:request_generation_tokens", "Generated tokens of a request", &text,
            \.requestGenerationTokens)
        histogram("vllm:request_params_max_tokens", "The max_tokens of a request", &text, \.requestMaxTokens)
    }

    private func gauge(
        _ name: String, _ help: String, _ text: inout PrometheusText, _ value: (EngineStatistics) -> Double
    ) {
        text.begin(name, .gauge, help)
        for engine in engines { text.sample(name, engine.labels, value(engine.statistics)) }
    }

    private func counter(
        _ name: String, _ help: String, _ text: inout PrometheusText, _ value: KeyPath<EngineStatistics, Int>
    ) {
        text.begin(name, .counter, help)
        for engine in engines { text.sample(name, engine.labels, Double(engine.statistics[keyPath: value])) }
    }

    private func histogram(
        _ name: String, _ help: String, _ text: inout PrometheusText,
        _ value: KeyPath<EngineStatistics, Histogram>
    ) {
        text.begin(name, .histogram, help)
        for engine in engines { text.samples(name, engine.labels, engine.statistics[keyPath: value]) }
    }

    private func finished(_ text: inout PrometheusText) {
        let name = "vllm:request_success_total"
        text.begin(name, .counter, "Requests that ended, by reason")
        for engine in engines {
            let finished = engine.statistics.finished
            for (reason, count) in [
                ("stop", finished.stop), ("length", finished.length), ("abort", finished.aborted),
                ("error", finished.failed),
            ] {
                text.sample(name, engine.labels + [("finished_reason", reason)], Double(count))
            }
        }
    }
}
