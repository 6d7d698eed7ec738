import ArgumentParser
import Engine
import JSON
import Logging
import ModelFiles
import Sampling
import Tokens

/// `needletail bench latency`: prefill and decode of one batch, through the engine.
struct BenchLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Prefill and decode speed of one batch of random prompts.",
        discussion: """
            Prefill is prompt tokens over the time to the first token; decode is the tokens after the first over \
            the time they took. Figures are medians over the iterations.
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; by default the default model.")
    var model: String?

    @OptionGroup var engineOptions: EngineOptions

    @Option(help: "Tokens of each prompt.")
    var inputLen = 512

    @Option(help: "Tokens of each output.")
    var outputLen = 128

    @Option(help: "Prompts that run together.")
    var batchSize = 1

    @Option(help: "Measured iterations.")
    var numIters = 3

    @Option(help: "Iterations before the measured ones.")
    var numItersWarmup = 1

    @Flag(help: "Prints one JSON object.")
    var json = false

    func validate() throws {
        guard inputLen > 0, outputLen > 0, batchSize > 0, numIters > 0, numItersWarmup >= 0 else {
            throw ValidationError("lengths, batch size and iterations must be positive")
        }
    }

    func run() async throws {
        let loaded = try LoadedModel(
            ModelLocation(model), options: engineOptions, logger: Logger(label: "needletail.bench"))
        var runs: [Run] = []
        for iteration in 0..<(numItersWarmup + numIters) {
            let run = try await measure(loaded, seed: iteration)
            if iteration >= numItersWarmup { runs.append(run) }
        }
        await loaded.engine.shutdown()
        report(prefill: Self.median(runs.map(\.prefill)), decode: Self.median(runs.map(\.decode)), loaded)
    }

    /// Tokens per second of one iteration.
    private struct Run {
        let prefill: Double
        let decode: Double
    }

    private func measure(_ loaded: LoadedModel, seed: Int) async throws -> Run {
        let clock = ContinuousClock()
        var sampling = SamplingParameters()
        sampling.temperature = 0
        sampling.maxTokens = outputLen
        sampling.ignoresEndOfSequence = true
        let start = clock.now
        let generations = try (0..<batchSize).map { index in
            let prompt = prompt(
                seed: seed * batchSize + index, vocabulary: loaded.checkpoint.config.vocabularySize)
            return try loaded.engine.submit(GenerationRequest(prompt: prompt, sampling: sampling))
        }
        let times = await withTaskGroup { group in
            for generation in generations {
                group.addTask {
                    var first: ContinuousClock.Instant?
                    for await event in generation where first == nil && !event.tokens.isEmpty {
                        first = clock.now
                    }
                    return (first: first ?? clock.now, last: clock.now)
                }
            }
            return await group.reduce(into: (first: start, last: start)) { latest, time in
                latest = (max(latest.first, time.first), max(latest.last, time.last))
            }
        }
        return Run(
            prefill: Double(batchSize * inputLen) / ((times.first - start) / .seconds(1)),
            decode: Double(batchSize * (outputLen - 1)) / max((times.last - times.first) / .seconds(1), 1e-9))
    }

    /// Tokens drawn by a linear congruential generator: the same for the same seed.
    private func prompt(seed: Int, vocabulary: Int) -> [TokenID] {
        var state = UInt64(truncatingIfNeeded: seed) &+ 1
        return (0..<inputLen).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return TokenID(Int(state >> 33) % vocabulary)
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    private func report(prefill: Double, decode: Double, _ loaded: LoadedModel) {
        let terminal = Terminal.output
        if json {
            let value: JSONValue = [
                "model": .string(loaded.name), "threads": .int(loaded.threadCount),
                "input_len": .int(inputLen),
                "output_len": .int(outputLen), "batch_size": .int(batchSize), "iterations": .int(numIters),
                "prefill_tokens_per_second": .double(prefill), "decode_tokens_per_second": .double(decode),
            ]
            terminal.line(value.serialized(.python))
            return
        }
        var table = Table([("", .left), ("tokens/s", .right)])
        table.append(["prefill of \(batchSize) × \(inputLen)", Quantities.decimal(prefill, digits: 1)])
        table.append(["decode of \(batchSize) × \(outputLen)", Quantities.decimal(decode, digits: 1)])
        table.lines(for: terminal).forEach { terminal.line($0) }
    }
}
