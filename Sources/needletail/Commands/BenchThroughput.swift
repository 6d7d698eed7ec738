import ArgumentParser
import Benchmarking
import Engine
import JSON
import Logging
import ModelFiles
import Tokenizers

/// `needletail bench throughput`: how many requests and tokens a second, without a server.
struct BenchThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "Requests and tokens a second of a whole dataset, without a server.",
        discussion: """
            All requests are there from the start, and the engine runs as many together as --max-num-seqs allows. \
            Datasets and --json are those of `bench serve`; each output goes on to its full length.

            Examples:
              needletail bench throughput qwen.gguf --num-prompts 64 --random-input-len 32:512
              needletail bench throughput smollm2 --dataset-name sharegpt --max-num-seqs 16 --json
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; by default the default model.")
    var model: String?

    @OptionGroup(title: "Load") var dataset: DatasetOptions

    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    @OptionGroup var percentiles: PercentileOptions

    @Flag(help: "Prints one JSON object, with the names of vllm bench throughput and serve.")
    var json = false

    func run() async throws {
        let loaded = try LoadedModel(
            ModelLocation(model), options: engineOptions, waitingMax: dataset.numPrompts,
            logger: Logger(label: "needletail.bench"))
        let requests = try dataset.requests(.ids(0..<loaded.checkpoint.config.vocabularySize)) { text in
            loaded.tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false).count
        }
        let generations = requests.map { EngineLoad.generation($0, loaded.tokenizer) }
        let progress = ProgressLine("\(requests.count) requests")
        let (records, duration) = await EngineLoad.run(generations, on: loaded.engine) {
            progress.update($0, of: requests.count)
        }
        progress.finish()
        await loaded.engine.shutdown()
        let summary = LoadSummary(records, duration: duration, percentiles: percentiles.ranks)
        report(summary, loaded)
        if summary.completed == 0 { throw ExitCode.failure }
    }

    private func report(_ summary: LoadSummary, _ loaded: LoadedModel) {
        let report = LoadReport(
            summary: summary,
            settings: [
                ("model", .string(loaded.name)), ("threads", .int(loaded.threadCount)),
                ("dataset_name", .string(dataset.datasetName.rawValue)),
                ("seed", .int(Int(truncatingIfNeeded: dataset.seed))),
                ("max_num_seqs", .int(engineOptions.maxNumSeqs)),
                ("elapsed_time", .double(summary.duration)), ("num_requests", .int(summary.completed)),
                ("total_num_tokens", .int(summary.inputTokens + summary.outputTokens)),
                ("requests_per_second", .double(summary.requestThroughput)),
                ("tokens_per_second", .double(summary.totalThroughput)),
            ])
        let terminal = Terminal.output
        if json {
            terminal.line(report.json.serialized(.python))
        } else {
            report.lines(for: terminal).forEach { terminal.line($0) }
        }
    }
}
