import Embedding
import Engine
import OpenAIAPI

extension APIResponder {
    /// What `/metrics` says: the engines under vLLM's names, the HTTP side, the process.
    func metrics() -> String {
        var text = PrometheusText()
        EngineMetrics(
            engines: catalog.models.map {
                ([("model_name", $0.id), ("engine", "0")], $0.engine.statistics())
            }
        ).write(to: &text)
        EmbeddingMetrics(
            embedders: catalog.embedders.map { ([("model_name", $0.id)], $0.embedder.statistics()) }
        ).write(to: &text)
        counts.write(to: &text)
        text.single(
            "http_requests_in_progress", .gauge, "Completion requests at work", [], Double(gate.taken))
        if let bytes = ProcessFigures.residentBytes {
            text.single(
                "process_resident_memory_bytes", .gauge, "Resident memory of the process", [], Double(bytes))
        }
        return text.text
    }
}
