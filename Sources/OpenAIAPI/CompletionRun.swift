import Engine
import Grammars
import Sampling
import Synchronization
import Tokens

/// The answers to one request on their way: every prompt `n` times in the engine, each with its own text.
package struct CompletionRun: Sendable {
    /// One for each answer, the answers to one prompt side by side; none for a beam search.
    private let generations: [Generation]
    /// Those who read them; the engine gives up an answer whose reader is gone.
    private let readers: [Generation.AsyncIterator]
    private let beamSearch: BeamSearch?
    private let model: ServedModel
    private let options: GenerationOptions
    private let reading: AnswerReading?
    /// What the engine was asked for, in the order of the answers.
    private let requests: [GenerationRequest]
    /// What goes on in the place of generations whose thoughts were cut short.
    private let continuations = Continuations()
    private let parameter: String
    /// The tokens of the prompts, each counted once.
    package let promptTokens: Int

    /// Hands every prompt to the engine, all or none.
    ///
    /// - Parameter prompts: cut as the request wants them.
    /// - Throws: ``APIError``: 400 for a prompt that cannot fit, 429 where the engine is full, 503 where it
    ///   shuts down.
    init(
        _ model: ServedModel, prompts: [[TokenID]], options: GenerationOptions, reading: AnswerReading? = nil,
        parameter: String
    ) throws(APIError) {
        // The request's own parameters were compiled when it was read, and are in the cache.
        let grammar = try options.grammar.map { source throws(APIError) in
            try model.grammar(for: source, parameter: "tools")
        }
        var requests: [GenerationRequest] = []
        for prompt in prompts {
            var sampling = options.sampling
            // For none at all, one is made and not shown: the engine gives a token at least.
            let asked = options.maxTokens.map { max(1, $0) }
            sampling.maxTokens = try model.maxTokens(prompt.count, asked, parameter: parameter)
            if asked == nil, let most = options.recommendedTokensMax {
                sampling.maxTokens = min(sampling.maxTokens, most)
            }
            for choice in 0..<(options.beamSearch == nil ? options.candidates : 1) {
                // A seed makes each answer repeatable, not all answers alike.
                sampling.seed = options.sampling.seed.map { $0 &+ UInt64(choice) }
                requests.append(
                    GenerationRequest(
                        prompt: prompt, sampling: sampling, promptLogprobs: options.promptLogprobsMade,
                        priority: options.priority, grammar: grammar))
            }
        }
        beamSearch = options.beamSearch.map { [requests] in
            BeamSearch(
                model, requests, options: options, ranking: $0, keeping: reading?.keptTokens ?? [],
                parameter: parameter)
        }
        if beamSearch != nil { requests = [] }
        self.generations = try model.submit(requests, parameter: parameter)
        self.readers = generations.map { $0.makeAsyncIterator() }
        self.requests = requests
        self.reading = reading
        self.parameter = parameter
        self.model = model
        self.options = options
        self.promptTokens = prompts.reduce(0) { $0 + $1.count }
    }

    /// Stops all answers; whoever waits for deltas gets an error.
    package func abort() {
        for generation in generations { generation.abort() }
        continuations.abort()
        beamSearch?.abort()
    }

    /// What the request has cost when nothing is answered yet.
    package var initialUsage: Usage {
        Usage(promptTokens: promptTokens, reasoningTokens: reading?.tellsReasoning == true ? 0 : nil)
    }

    /// Hands out the deltas of all answers as they come, until all have ended.
    ///
    /// The engine does not wait for `body`: what comes meanwhile is in the next delta. Whatever way this
    /// ends, nothing of the request is left in the engine.
    /// - Throws: what `body` throws, or ``APIError`` 503 where the engine gave up an answer.
    @concurrent
    package func forEachDelta(_ body: @concurrent (ChoiceDelta) async throws -> Void) async throws {
        defer { abort() }
        var assemblers = requests.map {
            AnswerAssembler(model, options, reading: reading, tokensMax: $0.sampling.maxTokens)
        }
        var readers = readers
        var textOffsets = generations.map { _ in 0 }
        try await withThrowingTaskGroup(of: (index: Int, event: GenerationEvent?).self) { group in
            for index in generations.indices {
                group.addTask { [reader = readers[index]] in await Self.next(of: index, reader) }
            }
            while let (index, event) = try await group.next() {
                guard let event else { throw APIError.shuttingDown }
                var delta = try assemblers[index].delta(for: event, index: index)
                if options.maxTokens == 0 { delta.hideAnswer() }
                if assemblers[index].isForced {
                    readers[index] = try goOn(index, after: assemblers[index].tokens)
                }
                delta.textOffset = textOffsets[index]
                textOffsets[index] += characters(of: delta)
                if delta.finish == nil {
                    group.addTask { [reader = readers[index]] in await Self.next(of: index, reader) }
                } else {
                    generations[index].abort()
                }
                try await body(delta)
            }
        }
    }

    /// Goes on behind thoughts that were cut short: the engine starts anew from the prompt and all that the answer has.
    ///
    /// - Returns: who reads on.
    private func goOn(_ index: Int, after tokens: [TokenID]) throws(APIError) -> Generation.AsyncIterator {
        generations[index].abort()
        var request = requests[index]
        request.prompt += tokens
        request.promptLogprobs = nil
        // The thoughts are over, and what was asked of the rest holds from its first token on.
        request.grammar = try reading?.grammar.map { source throws(APIError) in
            try model.grammar(for: source, parameter: "tools")
        }
        request.sampling.maxTokens -= tokens.count
        request.sampling.minTokens = max(0, request.sampling.minTokens - tokens.count)
        let generation = try model.submit([request], parameter: parameter)[0]
        continuations.add(generation)
        return generation.makeAsyncIterator()
    }

    /// The characters of the tokens that a delta tells probabilities of, as they are told.
    private func characters(of delta: ChoiceDelta) -> Int {
        delta.logprobs.reduce(0) { $0 + model.pieceText($1.taken.token).unicodeScalars.count }
    }

    private static func next(
        of index: Int, _ reader: Generation.AsyncIterator
    ) async -> (index: Int, event: GenerationEvent?) {
        // A copy reads on where the last one stopped: the events are in what all copies refer to.
        var reader = reader
        return (index, await reader.next())
    }

    /// The answers that are shown when all have ended, in their order.
    ///
    /// - Parameter spent: Is told of the tokens as they are made, also of those of an answer that nobody waits for.
    @concurrent
    package func collect(
        spent: @Sendable (_ tokens: Int) -> Void = { _ in }
    ) async throws -> (choices: [Choice], usage: Usage) {
        var usage = initialUsage
        if let beamSearch {
            var choices = try await beamSearch.run()
            if let reading { for index in choices.indices { reading.read(&choices[index]) } }
            usage.completionTokens = choices.reduce(0) { $0 + $1.tokens.count }
            spent(usage.completionTokens)
            return (choices, usage)
        }
        var choices = generations.map { _ in Choice() }
        try await forEachDelta { delta in
            choices[delta.index].append(delta)
            usage.count(delta)
            spent(delta.tokens.count)
        }
        return (shown(of: choices), usage)
    }

    /// Of the answers to each prompt, the most probable ones, the best first; all where all are shown.
    private func shown(of choices: [Choice]) -> [Choice] {
        guard options.candidates > options.choices else { return choices }
        return stride(from: 0, to: choices.count, by: options.candidates).flatMap { first in
            choices[first..<(first + options.candidates)].enumerated()
                .sorted { ($1.element.meanLogprob, $0.offset) < ($0.element.meanLogprob, $1.offset) }
                .prefix(options.choices).map(\.element)
        }
    }
}

extension GenerationOptions {
    /// The probabilities of the prompt's tokens that the engine is asked for: an echo shows them as the answer's.
    fileprivate var promptLogprobsMade: Int? {
        guard echoes, let logprobs else { return promptLogprobs }
        return max(logprobs, promptLogprobs ?? 0)
    }
}

/// The generations of a run that began after it, for whoever ends it.
private final class Continuations: Sendable {
    private let state = Mutex<(generations: [Generation], isAborted: Bool)>(([], false))

    func add(_ generation: Generation) {
        let isAborted = state.withLock { state in
            state.generations.append(generation)
            return state.isAborted
        }
        if isAborted { generation.abort() }
    }

    func abort() {
        let generations = state.withLock { state in
            state.isAborted = true
            return state.generations
        }
        for generation in generations { generation.abort() }
    }
}
