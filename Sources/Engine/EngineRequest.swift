import Grammars
import Sampling
import Tokens

/// A request that was admitted. The submitting task makes it; from then on only the engine thread touches it.
final class EngineRequest {
    /// Where its tokens go.
    let stream: GenerationStream
    /// Its tokens, and how more are chosen.
    var sequence: SampledSequence
    /// The most tokens of output, one at least.
    let outputMax: Int
    /// How many of the most probable tokens are told beside each token of the prompt, if any.
    let promptLogprobs: Int?
    /// Who comes first while requests wait: the lower number.
    let priority: Int
    /// How far the output has come in the grammar that it must keep to, if any. It stays over preemption: tokens once
    /// chosen are chosen.
    var matcher: GrammarMatcher?
    /// Positions of the prompt whose logits were looked at: each told of the token after it.
    var shownPositions = 0
    /// When things happened to it.
    var times: RequestTimes

    init(
        stream: GenerationStream, sequence: SampledSequence, outputMax: Int, promptLogprobs: Int?,
        priority: Int, grammar: Grammar?, arrival: ContinuousClock.Instant
    ) {
        self.stream = stream
        self.sequence = sequence
        self.outputMax = outputMax
        self.promptLogprobs = promptLogprobs
        self.priority = priority
        matcher = grammar.map { GrammarMatcher($0) }
        times = RequestTimes(arrival: arrival)
        // So that no step has to grow it.
        self.sequence.tokens.reserveCapacity(sequence.promptCount + outputMax)
    }

    /// The positions among those given whose logits are told of the prompt's next token, and were not yet.
    func shown(of positions: Range<Int>) -> Range<Int> {
        guard promptLogprobs != nil else { return 0..<0 }
        return positions.clamped(to: shownPositions..<max(shownPositions, sequence.promptCount - 1))
    }

    /// Takes the token that was just sampled into the grammar.
    ///
    /// - Returns: false where the grammar does not allow it, because parameters of the request left none that it
    ///   does.
    func isAllowed(_ token: TokenID) -> Bool {
        guard matcher != nil else { return true }
        if sequence.endingTokens.contains(token) { return matcher?.isComplete() ?? true }
        return matcher?.accept(token) ?? true
    }

    /// Takes what its grammar leaves no choice of into the grammar; nothing where something else has a say in it, or wants
    /// to be told how probable it is.
    func jump(from token: TokenID) -> GrammarJump {
        let parameters = sequence.parameters
        guard parameters.logprobs == nil, parameters.allowedTokens == nil, parameters.badWords.isEmpty,
            parameters.logitBias.isEmpty
        else { return GrammarJump() }
        // One more has to be sampled, be it the last.
        let room = max(0, outputMax - sequence.outputCount - 1)
        return matcher?.jump(from: token, countMax: room, endings: sequence.endingTokens) ?? GrammarJump()
    }

    /// Why the sequence ends with the token that was just sampled, if it does: an ending token counts before
    /// the limit of length, as in vLLM.
    func finishReason(after token: TokenID) -> FinishReason? {
        if sequence.endingTokens.contains(token) { return .stop(token) }
        return sequence.outputCount >= outputMax ? .length : nil
    }
}

/// The moments of a request's life.
struct RequestTimes {
    let arrival: ContinuousClock.Instant
    /// When it first was part of a step.
    var scheduled: ContinuousClock.Instant?
    var firstToken: ContinuousClock.Instant?
    var lastToken: ContinuousClock.Instant?
}
