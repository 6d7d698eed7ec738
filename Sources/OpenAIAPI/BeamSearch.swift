import Engine
import Glibc
import Sampling
import Synchronization
import Tokens

/// Looks for the most probable answers by keeping the best few beginnings, a token a round.
///
/// As vLLM does it: each round continues every beginning by its 2 × width most probable tokens; what ends is put aside,
/// and of the others the width best go on. An answer's score is the logarithm of its probability over its length, the
/// prompt's included, to the power of the length penalty. The search ends where no beginning can become better than
/// what has ended, which changes no outcome, or sooner where the request wants that.
///
/// - Complexity: each round computes every beginning anew, prompt included: O(width × tokens²).
struct BeamSearch: Sendable {
    fileprivate struct Beam {
        var tokens: [TokenID]
        var logprobs: [TokenLogprobs] = []
        var logprob = 0.0
        var isEnded = false
        /// Whether its last token ended it, which then does not count as length.
        var endedByToken = false
        var choice = Choice()
        var assembler: TextAssembler
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

    /// How many beginnings are kept.
    private var width: Int { options.candidates }

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
        let tokensMax = request.prompt.count + request.sampling.maxTokens
        var live = [
            Beam(tokens: request.prompt, assembler: TextAssembler(model.tokenizer, options, keeping: kept))
        ]
        var ended: [Beam] = []
        var promptLogprobs: [TokenLogprobs] = []
        for round in 0..<request.sampling.maxTokens where !live.isEmpty {
            let events = try await events(after: live, request, isFirst: round == 0)
            if round == 0 { promptLogprobs = events.first?.promptLogprobs ?? [] }
            let continued = zip(live, events).flatMap { continuations(of: $0, $1, round: round) }
            ended = best(ended + continued.filter(\.isEnded))
            live = best(continued.filter { !$0.isEnded })
            if isDecided(ended, live, tokensMax: tokensMax) { live = [] }
        }
        return best(ended + live).prefix(options.choices).map { beam in
            var choice = beam.isEnded ? beam.choice : cut(beam)
            choice.promptLogprobs = promptLogprobs
            if options.logprobs == nil { choice.logprobs = [] }
            if options.maxTokens == 0 { choice.hideAnswer() }
            return choice
        }
    }

    // MARK: Ranking

    private func best(_ beams: [Beam]) -> [Beam] {
        Array(beams.sorted { score($0) > score($1) }.prefix(width))
    }

    private func score(_ beam: Beam) -> Double {
        score(beam.logprob, length: beam.tokens.count - (beam.endedByToken ? 1 : 0))
    }

    private func score(_ logprob: Double, length: Int) -> Double {
        logprob / pow(Double(length), ranking.lengthPenalty)
    }

    /// Whether the search may end: there are enough answers, and nothing that is asked for can be better.
    private func isDecided(_ ended: [Beam], _ live: [Beam], tokensMax: Int) -> Bool {
        guard ended.count == width, let worst = ended.last, let leader = live.map(\.logprob).max() else {
            return false
        }
        let length =
            switch ranking.earlyStopping {
            case .enoughAnswers: Int.max
            case .unlikely: live[0].tokens.count
            // A longer answer is less probable; at best its length is all that changes.
            case .impossible: ranking.lengthPenalty > 0 ? tokensMax : live[0].tokens.count
            }
        return length == .max || score(worst) >= score(leader, length: length)
    }

    // MARK: A round

    /// What the engine says of each beginning's next token.
    private func events(
        after beams: [Beam], _ request: GenerationRequest, isFirst: Bool
    ) async throws -> [GenerationEvent] {
        let steps = beams.map { beam in
            var step = request
            step.prompt = beam.tokens
            step.promptLogprobs = isFirst ? request.promptLogprobs : nil
            // The search wants the model's own probabilities, and which token is taken does not matter.
            step.sampling = SamplingParameters()
            step.sampling.temperature = 0
            step.sampling.maxTokens = 1
            step.sampling.ignoresEndOfSequence = true
            step.sampling.logprobs = max(2 * width, options.logprobs ?? 0)
            return step
        }
        let generations = try model.submit(steps, parameter: parameter)
        try running.replace(with: generations)
        var events: [GenerationEvent] = []
        for generation in generations { events.append(try await generation.onlyEvent()) }
        return events
    }

    /// A beginning with each of its most probable next tokens.
    private func continuations(of beam: Beam, _ event: GenerationEvent, round: Int) -> [Beam] {
        let top = event.logprobs.first?.top ?? []
        return top.prefix(2 * width).enumerated().compactMap { rank, entry in
            let isEnding = isEnding(entry.token)
            // An end that comes too early, or a token that cannot be, is no continuation.
            guard entry.logprob.isFinite, !isEnding || round >= options.sampling.minTokens else { return nil }
            var next = beam
            next.tokens.append(entry.token)
            next.logprob += Double(entry.logprob)
            next.choice.tokens.append(entry.token)
            if isEnding {
                next.end(with: entry.token)
            } else {
                let shown = Array(top.prefix(options.logprobs ?? 0))
                next.logprobs.append(TokenLogprobs(taken: entry, rank: rank + 1, top: shown))
                next.choice.text += next.assembler.append([entry.token])
                if next.assembler.isStopped { next.end(with: nil) }
            }
            return next
        }
    }

    private func isEnding(_ token: TokenID) -> Bool {
        options.sampling.stopTokens.contains(token)
            || !options.sampling.ignoresEndOfSequence && model.engine.endOfSequence.contains(token)
    }

    /// The answer of a beginning that has reached the most tokens.
    private func cut(_ beam: Beam) -> Choice {
        var beam = beam
        beam.end(with: nil)
        return beam.choice
    }
}

extension BeamSearch.Beam {
    /// Makes the answer whole; the token that ended it is among its tokens.
    fileprivate mutating func end(with token: TokenID?) {
        isEnded = true
        choice.text += assembler.finish(stopToken: token)
        choice.logprobs = logprobs
        choice.finish = token != nil || assembler.isStopped ? .stop : .length
        choice.stop = token.flatMap(assembler.cause) ?? assembler.stop
        endedByToken = token != nil
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
    /// All that comes of a generation of one token, in one event.
    fileprivate func onlyEvent() async throws -> GenerationEvent {
        var whole = GenerationEvent(tokens: [])
        for await event in self {
            whole.tokens += event.tokens
            whole.logprobs += event.logprobs
            whole.promptLogprobs += event.promptLogprobs
            switch event.finishReason {
            case .aborted: throw APIError.shuttingDown
            case .failed(let reason): throw APIError.engineFailed(reason)
            case .stop, .length, nil: break
            }
        }
        return whole
    }
}
