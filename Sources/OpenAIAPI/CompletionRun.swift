import Engine
import Sampling
package import Tokens

/// The answers to one request on their way: every prompt `n` times in the engine, each with its own text.
package struct CompletionRun: Sendable {
    /// One for each answer, the answers to one prompt side by side; none for a beam search.
    private let generations: [Generation]
    /// Those who read them; the engine gives up an answer whose reader is gone.
    private let readers: [Generation.AsyncIterator]
    private let beamSearch: BeamSearch?
    private let model: ServedModel
    private let options: GenerationOptions
    /// The tokens of the prompts, each counted once.
    package let promptTokens: Int

    /// Hands every prompt to the engine, all or none.
    ///
    /// - Throws: ``APIError``: 400 for a prompt that cannot fit, 429 where the engine is full, 503 where it
    ///   shuts down.
    package init(
        _ model: ServedModel, prompts: [[TokenID]], options: GenerationOptions, parameter: String
    ) throws(APIError) {
        let prompts = prompts.map { model.truncated($0, keeping: options.promptTokensKept) }
        var requests: [GenerationRequest] = []
        for prompt in prompts {
            var sampling = options.sampling
            // For none at all, one is made and not shown: the engine gives a token at least.
            let asked = options.maxTokens.map { max(1, $0) }
            sampling.maxTokens = try model.maxTokens(prompt.count, asked, parameter: parameter)
            for choice in 0..<(options.beamSearch == nil ? options.candidates : 1) {
                // A seed makes each answer repeatable, not all answers alike.
                sampling.seed = options.sampling.seed.map { $0 &+ UInt64(choice) }
                requests.append(
                    GenerationRequest(
                        prompt: prompt, sampling: sampling, promptLogprobs: options.promptLogprobsMade,
                        priority: options.priority))
            }
        }
        beamSearch = options.beamSearch.map { [requests] in
            BeamSearch(model, requests, options: options, ranking: $0, parameter: parameter)
        }
        if beamSearch != nil { requests = [] }
        self.generations = try model.submit(requests, parameter: parameter)
        self.readers = generations.map { $0.makeAsyncIterator() }
        self.model = model
        self.options = options
        self.promptTokens = prompts.reduce(0) { $0 + $1.count }
    }

    /// Stops all answers; whoever waits for deltas gets an error.
    package func abort() {
        for generation in generations { generation.abort() }
        beamSearch?.abort()
    }

    /// Hands out the deltas of all answers as they come, until all have ended.
    ///
    /// The engine does not wait for `body`: what comes meanwhile is in the next delta. Whatever way this
    /// ends, nothing of the request is left in the engine.
    /// - Throws: what `body` throws, or ``APIError`` 503 where the engine gave up an answer.
    @concurrent
    package func forEachDelta(_ body: @concurrent (ChoiceDelta) async throws -> Void) async throws {
        defer { abort() }
        var assemblers = generations.map { _ in TextAssembler(model.tokenizer, options) }
        var textOffsets = generations.map { _ in 0 }
        try await withThrowingTaskGroup(of: (index: Int, event: GenerationEvent?).self) { group in
            for index in generations.indices { group.addTask { await next(of: index) } }
            while let (index, event) = try await group.next() {
                guard let event else { throw APIError.shuttingDown }
                var delta = try assemblers[index].delta(for: event, index: index)
                if options.maxTokens == 0 { delta.hideAnswer() }
                delta.textOffset = textOffsets[index]
                textOffsets[index] += characters(of: delta)
                if delta.finish == nil {
                    group.addTask { await next(of: index) }
                } else {
                    generations[index].abort()
                }
                try await body(delta)
            }
        }
    }

    /// The characters of the tokens that a delta tells probabilities of, as they are told.
    private func characters(of delta: ChoiceDelta) -> Int {
        delta.logprobs.reduce(0) { $0 + model.pieceText($1.taken.token).unicodeScalars.count }
    }

    private func next(of index: Int) async -> (index: Int, event: GenerationEvent?) {
        // A copy reads on where the last one stopped: the events are in what all copies refer to.
        var reader = readers[index]
        return (index, await reader.next())
    }

    /// The answers that are shown when all have ended, in their order.
    @concurrent
    package func collect() async throws -> (choices: [Choice], usage: Usage) {
        var usage = Usage(promptTokens: promptTokens)
        if let beamSearch {
            let choices = try await beamSearch.run()
            usage.completionTokens = choices.reduce(0) { $0 + $1.tokens.count }
            return (choices, usage)
        }
        var choices = generations.map { _ in Choice() }
        try await forEachDelta { delta in
            choices[delta.index].append(delta)
            usage.completionTokens += delta.tokens.count
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

extension TextAssembler {
    /// What one event of the engine adds to the answer.
    ///
    /// - Throws: ``APIError`` 503 where the engine gave the answer up.
    fileprivate mutating func delta(for event: GenerationEvent, index: Int) throws(APIError) -> ChoiceDelta {
        let before = tokenCount
        var delta = ChoiceDelta(
            index: index, text: append(event.tokens), promptLogprobs: event.promptLogprobs, finish: nil)
        delta.tokens = Array(event.tokens.prefix(tokenCount - before))
        delta.logprobs = Array(event.logprobs.prefix(delta.tokens.count))
        if isStopped {
            delta.finish = .stop
        } else if let reason = event.finishReason {
            switch reason {
            case .stop(let token):
                delta.text += finish(stopToken: token)
                delta.tokens.append(token)
                delta.finish = .stop
            case .length:
                delta.text += finish(stopToken: nil)
                delta.finish = isStopped ? .stop : .length
            case .aborted: throw .shuttingDown
            case .failed(let reason): throw .engineFailed(reason)
            }
        }
        if delta.finish == .stop { delta.stopString = stopString }
        return delta
    }
}
