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
    /// When things happened to it.
    var times: RequestTimes

    init(
        stream: GenerationStream, sequence: SampledSequence, outputMax: Int, arrival: ContinuousClock.Instant
    ) {
        self.stream = stream
        self.sequence = sequence
        self.outputMax = outputMax
        times = RequestTimes(arrival: arrival)
        // So that no step has to grow it.
        self.sequence.tokens.reserveCapacity(sequence.promptCount + outputMax)
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
