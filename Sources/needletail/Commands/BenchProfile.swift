import ArgumentParser
import Benchmarking
import CPUCompute
import Engine
import JSON
import Logging
import Profiling

/// `needletail bench profile`: where a step's time goes, beside what this machine can do.
struct BenchProfile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Where a step's time goes, and how far each part is from this machine's limits.",
        discussion: """
            First the limits are measured with as many threads as the model gets: memory read in order, and \
            multiply-adds in 8-bit integers, BF16 and f32. Then a batch runs through the engine, and each operation's \
            time is taken. Between every eight steps of decoding the weights themselves are read in order, since \
            memory is not equally fast everywhere: that rate is the limit of memory then. GB/s counts weights and the KV cache, once a call; GOP/s counts a multiply-add as two. \
            "of limit" is the least time that the operation could take over the time that it took, and "bound" which \
            limit that is. Taking the times costs some microseconds a layer.

            Examples:
              needletail bench profile qwen.gguf
              needletail bench profile smollm2 --batch-size 16 --input-len 64 --output-len 64 --json
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; by default the default model.")
    var model: String?

    @OptionGroup var batch: BatchOptions

    @OptionGroup var engineOptions: EngineOptions

    @Flag(help: "Prints one JSON object.")
    var json = false

    func validate() throws {
        guard batch.numItersWarmup > 0 else {
            throw ValidationError("--num-iters-warmup must be 1 or more: a first step shows what is what")
        }
    }

    func run() async throws {
        let location = try ModelLocation(model)
        let progress = ProgressLine("Measuring this machine")
        let limits = try MachineLimits.measure(threads: engineOptions.threads, progress: progress.update)
        progress.finish()
        let recorder = StepRecorder()
        let multipliesBF16 = limits.bf16OperationsPerSecond != nil
        let loaded = try LoadedModel(
            location, options: engineOptions, waitingMax: max(1024, batch.batchSize),
            logger: Logger(label: "needletail.bench"),
            wrap: { backend in
                ProfiledCompute(
                    backend, recorder: recorder, multipliesBF16: multipliesBF16,
                    readWeights: backend.readWeights)
            })
        var isMeasured = false
        _ = try await batch.run(
            on: loaded,
            willMeasure: {
                isMeasured = true
                recorder.start()
            },
            didRun: {
                // The time until the next iteration is nobody's.
                recorder.stop()
                if isMeasured { recorder.start() }
            })
        await loaded.engine.shutdown()
        recorder.stop()
        report(ProfileReport(limits: limits, recorder: recorder), loaded)
    }

    private func report(_ report: ProfileReport, _ loaded: LoadedModel) {
        let terminal = Terminal.output
        guard json else {
            report.lines(for: terminal).forEach { terminal.line($0) }
            return
        }
        let settings: [(name: String, value: JSONValue)] = [
            ("model", .string(loaded.name)), ("threads", .int(loaded.threadCount)),
            ("input_len", .int(batch.inputLen)), ("output_len", .int(batch.outputLen)),
            ("batch_size", .int(batch.batchSize)), ("iterations", .int(batch.numIters)),
            ("weight_bytes", .int(loaded.weightBytes)),
        ]
        terminal.line(JSONValue(members: settings + report.members).serialized(.python))
    }
}
