import Embedding

/// The embedders' statistics; vLLM has no names for them.
struct EmbeddingMetrics {
    /// Each embedder's labels and figures.
    let embedders: [(labels: PrometheusText.Labels, statistics: EmbeddingStatistics)]

    func write(to text: inout PrometheusText) {
        guard !embedders.isEmpty else { return }
        write(
            "needletail_embedding_tokens_waiting", .gauge, "Tokens that wait or run", &text, \.pendingTokens)
        write("needletail_embedding_tokens_total", .counter, "Tokens computed", &text, \.tokenCount)
        write("needletail_embedding_sequences_total", .counter, "Texts computed", &text, \.sequenceCount)
        write("needletail_embedding_batches_total", .counter, "Batches computed", &text, \.batchCount)
        let name = "needletail_embedding_busy_seconds_total"
        text.begin(name, .counter, "Seconds of computing")
        for embedder in embedders { text.sample(name, embedder.labels, embedder.statistics.busySeconds) }
    }

    private func write(
        _ name: String, _ type: PrometheusText.Kind, _ help: String, _ text: inout PrometheusText,
        _ value: KeyPath<EmbeddingStatistics, Int>
    ) {
        text.begin(name, type, help)
        for embedder in embedders {
            text.sample(name, embedder.labels, Double(embedder.statistics[keyPath: value]))
        }
    }
}
