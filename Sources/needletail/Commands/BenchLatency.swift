import ArgumentParser
import Benchmarking
import Engine
import JSON
import Logging

/// `needletail bench latency`: prefill and decode of one batch, through the engine.
struct BenchLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Prefill and decode speed of one batch of random prompts.",
        discussion: """
            Prefill is prompt tokens over the time to the first token; decode is the tokens after the first over \
            the time they took. These two are medians over the iterations; the latencies are over all their requests.

            Examples:
              needletail bench latency qwen.gguf
              needletail bench latency smollm2 --batch-size 16 --input-len 64 --output-len 64 --threads 2 --json
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; by default the default model.")
    var model: String?

    @OptionGroup var batch: BatchOptions

    @OptionGroup var engineOptions: EngineOptions

    @OptionGroup var percentiles: PercentileOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() async throws {
        let loaded = try LoadedModel(
            ModelLocation(model), options: engineOptions, waitingMax: max(1024, batch.batchSize),
            logger: Logger(label: "needletail.bench"))
        let runs = try await batch.run(on: loaded)
        await loaded.engine.shutdown()
        let summary = LoadSummary(
            runs.flatMap(\.self),
            duration: runs.reduce(0) { $0 + ($1.map(\.latency).max() ?? 0) }, percentiles: percentiles.ranks)
        report(runs.map(speeds), summary, loaded)
    }

    /// Tokens per second of one iteration.
    private func speeds(_ records: [RequestRecord]) -> (prefill: Double, decode: Double) {
        let first = records.compactMap(\.timeToFirstToken).max() ?? 0
        let last = records.map(\.latency).max() ?? 0
        return (
            prefill: Double(batch.batchSize * batch.inputLen) / max(first, 1e-9),
            decode: Double(batch.batchSize * (batch.outputLen - 1)) / max(last - first, 1e-9)
        )
    }

    private func report(
        _ speeds: [(prefill: Double, decode: Double)], _ summary: LoadSummary, _ loaded: LoadedModel
    ) {
        let prefill = LatencySummary(speeds.map(\.prefill)).median
        let decode = LatencySummary(speeds.map(\.decode)).median
        let terminal = Terminal.output
        if json {
            let settings: [(name: String, value: JSONValue)] = [
                ("model", .string(loaded.name)), ("threads", .int(loaded.threadCount)),
                ("input_len", .int(batch.inputLen)), ("output_len", .int(batch.outputLen)),
                ("batch_size", .int(batch.batchSize)), ("iterations", .int(batch.numIters)),
                ("prefill_tokens_per_second", .double(prefill)),
                ("decode_tokens_per_second", .double(decode)),
            ]
            terminal.line(
                JSONValue(members: settings + summary.latencies.flatMap { $0.summary.members($0.name) })
                    .serialized(.python))
            return
        }
        var table = Table([("", .left), ("tokens/s", .right)])
        table.append([
            "prefill of \(batch.batchSize) × \(batch.inputLen)", Quantities.decimal(prefill, digits: 1),
        ])
        table.append([
            "decode of \(batch.batchSize) × \(batch.outputLen)", Quantities.decimal(decode, digits: 1),
        ])
        table.lines(for: terminal).forEach { terminal.line($0) }
        terminal.line()
        LoadReport(summary: summary, settings: []).latencies.lines(for: terminal).forEach {
            terminal.line($0)
        }
    }
}
