import Engine
import Glibc
import Sampling
import Synchronization
import Tokens

/// Looks for the most probable answers by keeping the best few beginnings, a token a round.
///
/// As vLLM does it: each round continues every beginning by its 2 × width most probable tokens; what ends is put aside,
/// and of the others the width best go on. An answer's score is the logarithm of its probability over its length, the
/// prompt's included, to the power of the length penalty.
struct BeamSearch: Sendable {
    private struct Beam {
        var tokens: [TokenID]
        var logprobs: [TokenLogprobs] = []
        var logprob = 0.0
        var isEnded = false
    }

    private let model: ServedModel
    private let requests: [GenerationRequest]
    private let options: GenerationOptions
    private let ranking: BeamSearchOptions
    private let kept: Set<TokenID>
    private let parameter: String
    private let running = Running()

    /// - Parameters:
    ///   - requests: one for each prompt.
    ///   - kept: special tokens that leave text.
    init(
        _ model: ServedModel, _ requests: [GenerationRequest], options: GenerationOptions,
        ranking: BeamSearchOptions, keeping kept: Set<TokenID> = [], parameter: String
    ) {
        self.model = model
        self.requests = requests
        self.options = options
        self.ranking = ranking
        self.kept = kept
        self.parameter = parameter
    }

    /// Ends the search; whoever waits for it gets an error.
    func abort() { running.abort() }

    /// The best answers to each prompt, the best first.
    ///
    /// - Throws: ``APIError`` where the engine takes no more, or gave up.
    func run() async throws -> [Choice] {
        var choices: [Choice] = []
        for request in requests { choices += try await search(request) }
        return choices
    }

    private func search(_ request: GenerationRequest) async throws -> [Choice] {
        var live = [Beam(tokens: request.prompt)]
        var ended: [Beam] = []
        for _ in 0..<request.sampling.maxTokens where !live.isEmpty {
            let continued = try await continuations(of: live, request)
            ended += continued.filter(\.isEnded)
            live = best(continued.filter { !$0.isEnded })
        }
        return best(ended + live).map { choice(of: $0, promptCount: request.prompt.count) }
    }

    private func best(_ beams: [Beam]) -> [Beam] {
        Array(beams.sorted { score($0) > score($1) }.prefix(options.choices))
    }

    private func score(_ beam: Beam) -> Double {
        let length = beam.tokens.count - (beam.isEnded ? 1 : 0)
        return beam.logprob / pow(Double(length), ranking.lengthPenalty)
    }

    /// Every beam with each of its most probable next tokens.
    private func continuations(of beams: [Beam], _ request: GenerationRequest) async throws -> [Beam] {
        let steps = beams.map { beam in
            var step = request
            step.prompt = beam.tokens
            step.sampling.maxTokens = 1
            step.sampling.ignoresEndOfSequence = true
            step.sampling.stopTokens = []
            step.sampling.logprobs = 2 * options.choices
            return step
        }
        let generations = try model.submit(steps, parameter: parameter)
        try running.replace(with: generations)
        var continued: [Beam] = []
        for (beam, generation) in zip(beams, generations) {
            let top = try await generation.onlyToken()?.top ?? []
            for (rank, entry) in top.enumerated() {
                var next = beam
                next.tokens.append(entry.token)
                next.logprob += Double(entry.logprob)
                next.logprobs.append(TokenLogprobs(taken: entry, rank: rank + 1, top: top))
                next.isEnded = isEnding(entry.token)
                continued.append(next)
            }
        }
        return continued
    }

    private func isEnding(_ token: TokenID) -> Bool {
        options.sampling.stopTokens.contains(token)
            || !options.sampling.ignoresEndOfSequence && model.engine.endOfSequence.contains(token)
    }

    private func choice(of beam: Beam, promptCount: Int) -> Choice {
        var assembler = TextAssembler(model.tokenizer, options, keeping: kept)
        let output = Array(beam.tokens[promptCount...])
        var choice = Choice()
        choice.text = assembler.append(beam.isEnded ? output.dropLast() : output)
        choice.text += assembler.finish(stopToken: beam.isEnded ? output.last : nil)
        choice.finish = beam.isEnded || assembler.isStopped ? .stop : .length
        choice.tokens = Array(output.prefix(assembler.tokenCount))
        if let count = options.logprobs {
            choice.logprobs = beam.logprobs.prefix(assembler.tokenCount).map {
                TokenLogprobs(taken: $0.taken, rank: $0.rank, top: Array($0.top.prefix(count)))
            }
        }
        return choice
    }
}

/// What a search has in the engine, for whoever ends it.
private final class Running: Sendable {
    private let state = Mutex<(generations: [Generation], isAborted: Bool)>(([], false))

    /// - Throws: ``APIError`` where the search was ended.
    func replace(with generations: [Generation]) throws(APIError) {
        let isAborted = state.withLock { state in
            state.generations = generations
            return state.isAborted
        }
        guard isAborted else { return }
        abort()
        throw .shuttingDown
    }

    func abort() {
        let generations = state.withLock { state in
            state.isAborted = true
            return state.generations
        }
        for generation in generations { generation.abort() }
    }
}

extension Generation {
    /// What is known of the one token that the generation has.
    fileprivate func onlyToken() async throws -> TokenLogprobs? {
        var logprobs: TokenLogprobs?
        for await event in self {
            logprobs = event.logprobs.first ?? logprobs
            switch event.finishReason {
            case .aborted: throw APIError.shuttingDown
            case .failed(let reason): throw APIError.engineFailed(reason)
            case .stop, .length, nil: break
            }
        }
        return logprobs
    }
}
