import Benchmarking
import Engine
import Sampling
import Tokenizers
import Tokens

/// Sends requests straight to an engine, all at once, and takes the times of their tokens.
enum EngineLoad {
    /// A request in ids, which takes the most likely tokens and goes on to its full length.
    static func generation(_ request: BenchmarkRequest, _ tokenizer: Tokenizer) -> GenerationRequest {
        let prompt =
            switch request.prompt {
            case .tokens(let ids): ids.map { TokenID($0) }
            case .text(let text): tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false)
            }
        var sampling = SamplingParameters()
        sampling.temperature = 0
        sampling.maxTokens = request.outputTokens
        sampling.ignoresEndOfSequence = true
        return GenerationRequest(prompt: prompt, sampling: sampling)
    }

    /// Runs all requests and waits for the last token. Times are from one start, before the first is sent.
    ///
    /// - Parameter progress: Hears how many are done.
    /// - Returns: The records, and how long all of it took in seconds.
    static func run(
        _ requests: [GenerationRequest], on engine: Engine, progress: (_ done: Int) -> Void = { _ in }
    ) async -> (records: [RequestRecord], duration: Double) {
        let clock = ContinuousClock()
        let start = clock.now
        var records: [RequestRecord] = []
        let generations = requests.map { request in
            (request: request, generation: Result { () throws(AdmissionError) in try engine.submit(request) })
        }
        await withTaskGroup(of: RequestRecord.self) { group in
            for (request, generation) in generations {
                group.addTask {
                    var record = RequestRecord(promptTokens: request.prompt.count)
                    switch generation {
                    case .success(let generation): await read(generation, since: start, into: &record)
                    case .failure(let error): record.failure = "\(error)"
                    }
                    return record
                }
            }
            for await record in group {
                records.append(record)
                progress(records.count)
            }
        }
        return (records, (clock.now - start) / .seconds(1))
    }

    private static func read(
        _ generation: Generation, since start: ContinuousClock.Instant, into record: inout RequestRecord
    ) async {
        for await event in generation {
            if !event.tokens.isEmpty {
                record.noteTokens(at: start.duration(to: .now) / .seconds(1))
                record.outputTokens += event.tokens.count
            }
            if case .failed(let reason) = event.finishReason { record.failure = reason }
            if case .aborted = event.finishReason { record.failure = "aborted" }
        }
    }
}
