import Engine
import OutputParsing
import Sampling
import Tokens

/// One answer's way from the engine's events to deltas: text first, then what the text is.
struct AnswerAssembler {
    private var text: TextAssembler
    private var parser: OutputParser?
    private let budget: ThinkingBudget?
    private let tokensMax: Int
    private var reasoningTokens = 0
    private var hasCalls = false
    /// The tokens so far, forced ones included.
    private(set) var tokens: [TokenID] = []
    /// Whether the budget of thoughts was spent with the last delta, so that the engine must go on from other tokens than
    /// those it made.
    private(set) var isForced = false

    /// - Parameter tokensMax: the most tokens that the answer may have.
    init(_ model: ServedModel, _ options: GenerationOptions, reading: AnswerReading?, tokensMax: Int) {
        // What a grammar took for text must be text.
        let kept = (reading?.keptTokens ?? []).union(options.grammar == nil ? [] : model.markupTokens)
        text = TextAssembler(model.tokenizer, options, keeping: kept)
        parser = reading?.parser
        budget = reading?.budget
        self.tokensMax = tokensMax
    }

    /// What one event of the engine adds to the answer.
    ///
    /// - Throws: ``APIError`` 503 where the engine gave the answer up.
    mutating func delta(for event: GenerationEvent, index: Int) throws(APIError) -> ChoiceDelta {
        var delta = ChoiceDelta(index: index, text: "", promptLogprobs: event.promptLogprobs, finish: nil)
        if parser == nil { readAll(event.tokens, into: &delta) } else { readEach(event.tokens, into: &delta) }
        delta.logprobs = Array(event.logprobs.prefix(delta.tokens.count))
        if isForced {
            force(into: &delta)
        } else if text.isStopped {
            (delta.finish, delta.stop) = (.stop, text.stop)
        } else if parser?.isComplete == true {
            delta.finish = .toolCalls
        } else if let reason = event.finishReason {
            try finish(reason, &delta)
        }
        if delta.finish != nil { end(&delta) }
        if parser != nil { tokens += delta.tokens }
        return delta
    }

    private mutating func readAll(_ new: [TokenID], into delta: inout ChoiceDelta) {
        let before = text.tokenCount
        delta.text = text.append(new)
        delta.tokens = Array(new.prefix(text.tokenCount - before))
    }

    /// Token by token, to know which of them are thoughts, and where the answer is complete.
    private mutating func readEach(_ new: [TokenID], into delta: inout ChoiceDelta) {
        isForced = false
        delta.events = []
        for token in new {
            if text.isStopped || parser?.isComplete == true || mustForce(after: delta) { break }
            let wasReasoning = parser?.isReasoning == true
            read(text.append([token]), into: &delta)
            delta.tokens.append(token)
            if wasReasoning, parser?.isReasoning == true {
                reasoningTokens += 1
                delta.reasoningTokens += 1
            }
        }
        isForced = mustForce(after: delta) && !text.isStopped
    }

    /// Whether the thoughts must end here; not where there is no room for what ends them and more.
    private func mustForce(after delta: ChoiceDelta) -> Bool {
        guard let budget, parser?.isReasoning == true, reasoningTokens >= budget.tokensMax else {
            return false
        }
        return tokens.count + delta.tokens.count + budget.closing.count < tokensMax
    }

    private mutating func read(_ piece: String, into delta: inout ChoiceDelta) {
        delta.text += piece
        guard let events = parser?.append(piece) else { return }
        take(events, into: &delta)
    }

    private mutating func take(_ events: [OutputEvent], into delta: inout ChoiceDelta) {
        delta.events?.append(contentsOf: events)
        for case .callBegan in events { hasCalls = true }
    }

    /// Ends the thoughts in the model's place.
    private mutating func force(into delta: inout ChoiceDelta) {
        guard let budget else { return }
        read(text.append(budget.closing), into: &delta)
        delta.tokens += budget.closing
    }

    private mutating func finish(_ reason: FinishReason, _ delta: inout ChoiceDelta) throws(APIError) {
        switch reason {
        case .stop(let token):
            read(text.finish(stopToken: token), into: &delta)
            delta.tokens.append(token)
            (delta.finish, delta.stop) = (.stop, text.cause(token))
        case .length:
            read(text.finish(stopToken: nil), into: &delta)
            (delta.finish, delta.stop) = (text.isStopped ? .stop : .length, text.stop)
        case .aborted: throw .shuttingDown
        case .failed(let reason): throw .engineFailed(reason)
        }
    }

    private mutating func end(_ delta: inout ChoiceDelta) {
        guard let events = parser?.finish() else { return }
        take(events, into: &delta)
        if hasCalls, delta.finish == .stop { delta.finish = .toolCalls }
    }
}

extension AnswerReading {
    /// Takes a whole answer apart.
    func read(_ choice: inout Choice) {
        var parser = parser
        choice.output = parser.parse(choice.text)
        if choice.output?.calls.isEmpty == false, choice.finish == .stop { choice.finish = .toolCalls }
    }
}
