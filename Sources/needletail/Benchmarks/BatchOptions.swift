import ArgumentParser
import Benchmarking
import ModelFiles
import Engine

/// One batch of prompts of one length, run again and again: what `latency` and `profile` measure.
struct BatchOptions: ParsableArguments {
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

    func validate() throws {
        guard inputLen > 0, outputLen > 0, batchSize > 0, numIters > 0, numItersWarmup >= 0 else {
            throw ValidationError("lengths, batch size and iterations must be positive")
        }
    }

    /// Runs the iterations, other prompts in each.
    ///
    /// - Parameters:
    ///   - willMeasure: Called once, between the warm-up and the measured iterations.
    ///   - didRun: Called after each iteration.
    /// - Returns: The records of each measured iteration.
    /// - Throws: `BenchmarkFailure` where a request fails.
    func run(
        on loaded: LoadedModel, willMeasure: () -> Void = {}, didRun: () -> Void = {}
    ) async throws -> [[RequestRecord]] {
        let progress = ProgressLine("\(batchSize) × \(inputLen) + \(outputLen) tokens")
        var runs: [[RequestRecord]] = []
        let total = numItersWarmup + numIters
        for iteration in 0..<total {
            progress.update(iteration, of: total)
            if iteration == numItersWarmup { willMeasure() }
            let requests = MadeUpDatasets.random(
                count: batchSize, input: LengthRange(inputLen, inputLen),
                output: LengthRange(outputLen, outputLen),
                maker: .ids(0..<loaded.checkpoint.config.vocabularySize), seed: UInt64(iteration))
            let (records, _) = await EngineLoad.run(
                requests.map { EngineLoad.generation($0, loaded.tokenizer) }, on: loaded.engine)
            didRun()
            if let failure = records.lazy.compactMap(\.failure).first {
                throw BenchmarkFailure(description: failure)
            }
            if iteration >= numItersWarmup { runs.append(records) }
        }
        progress.finish()
        return runs
    }
}

/// A request of a benchmark did not succeed; the reason, for people.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}
