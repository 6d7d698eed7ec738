import Engine
import Sampling
package import Tokens

/// Why an answer ended, in OpenAI's words.
package enum ChoiceFinish: String, Sendable {
    /// The model, or a stop string or token, ended it.
    case stop
    /// It reached the most tokens asked for, or the context length.
    case length
}

/// What is new of one answer.
package struct ChoiceDelta: Sendable, Equatable {
    /// Which answer, counted over all prompts.
    package var index: Int
    /// The text since the last delta; may be empty where `finish` is set.
    package var text: String
    /// The tokens since the last delta, those without text included.
    package var tokenCount: Int
    /// Set on an answer's last delta only.
    package var finish: ChoiceFinish?

    /// Makes a delta.
    package init(index: Int, text: String, tokenCount: Int, finish: ChoiceFinish?) {
        self.index = index
        self.text = text
        self.tokenCount = tokenCount
        self.finish = finish
    }
}

/// What a request cost.
package struct Usage: Sendable, Equatable {
    /// The tokens of the prompts, each prompt counted once however many answers it gets.
    package var promptTokens: Int
    /// The tokens of all answers, the ending ones included.
    package var completionTokens: Int

    /// Counts the prompts; the answers are yet to come.
    package init(promptTokens: Int, completionTokens: Int = 0) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
    }
}

/// The answers to one request on their way: every prompt `n` times in the engine, each with its own text.
package struct CompletionRun: Sendable {
    /// One for each answer, the answers to one prompt side by side.
    private let generations: [Generation]
    /// Those who read them; the engine gives up an answer whose reader is gone.
    private let readers: [Generation.AsyncIterator]
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
            sampling.maxTokens = try model.maxTokens(prompt.count, options.maxTokens, parameter: parameter)
            for choice in 0..<options.choices {
                // A seed makes each answer repeatable, not all answers alike.
                sampling.seed = options.sampling.seed.map { $0 &+ UInt64(choice) }
                requests.append(GenerationRequest(prompt: prompt, sampling: sampling))
            }
        }
        self.generations = try model.submit(requests, parameter: parameter)
        self.readers = generations.map { $0.makeAsyncIterator() }
        self.model = model
        self.options = options
        self.promptTokens = prompts.reduce(0) { $0 + $1.count }
    }

    /// Stops all answers; whoever waits for deltas gets an error.
    package func abort() {
        for generation in generations { generation.abort() }
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
        try await withThrowingTaskGroup(of: (index: Int, event: GenerationEvent?).self) { group in
            for index in generations.indices { group.addTask { await next(of: index) } }
            while let (index, event) = try await group.next() {
                guard let event else { throw APIError.shuttingDown }
                let delta = try assemblers[index].delta(for: event, index: index)
                if delta.finish == nil {
                    group.addTask { await next(of: index) }
                } else {
                    generations[index].abort()
                }
                try await body(delta)
            }
        }
    }

    private func next(of index: Int) async -> (index: Int, event: GenerationEvent?) {
        // A copy reads on where the last one stopped: the events are in what all copies refer to.
        var reader = readers[index]
        return (index, await reader.next())
    }

    /// All answers when they have ended, in their order.
    @concurrent
    package func collect() async throws -> (choices: [(text: String, finish: ChoiceFinish)], usage: Usage) {
        var choices = generations.map { _ in (text: "", finish: ChoiceFinish.stop) }
        var usage = Usage(promptTokens: promptTokens)
        try await forEachDelta { delta in
            choices[delta.index].text += delta.text
            if let finish = delta.finish { choices[delta.index].finish = finish }
            usage.completionTokens += delta.tokenCount
        }
        return (choices, usage)
    }
}

extension TextAssembler {
    /// What one event of the engine adds to the answer.
    ///
    /// - Throws: ``APIError`` 503 where the engine gave the answer up.
    fileprivate mutating func delta(for event: GenerationEvent, index: Int) throws(APIError) -> ChoiceDelta {
        let before = tokenCount
        var text = append(event.tokens)
        var finish: ChoiceFinish?
        if isStopped {
            finish = .stop
        } else if let reason = event.finishReason {
            switch reason {
            case .stop(let token):
                text += self.finish(stopToken: token)
                finish = .stop
            case .length:
                text += self.finish(stopToken: nil)
                finish = isStopped ? .stop : .length
            case .aborted: throw .shuttingDown
            case .failed(let reason): throw .engineFailed(reason)
            }
        }
        return ChoiceDelta(index: index, text: text, tokenCount: tokenCount - before, finish: finish)
    }
}
