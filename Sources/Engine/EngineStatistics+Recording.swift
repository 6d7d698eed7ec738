import Sampling

extension EngineStatistics {
    /// Counts a token that a request got.
    mutating func recordToken(of request: borrowing EngineRequest, at now: ContinuousClock.Instant) {
        generationTokenCount += 1
        if let lastToken = request.times.lastToken {
            interTokenLatency.record(lastToken.duration(to: now))
        } else {
            promptTokenCount += request.sequence.promptCount
            timeToFirstToken.record(request.times.arrival.duration(to: now))
        }
    }

    /// Counts a request that ended; only those that ended by themselves enter the histograms.
    mutating func recordEnd(
        of request: borrowing EngineRequest, _ reason: FinishReason, at now: ContinuousClock.Instant
    ) {
        switch reason {
        case .stop: finished.stop += 1
        case .length: finished.length += 1
        case .aborted: finished.aborted += 1
        case .failed: finished.failed += 1
        }
        let times = request.times
        guard let scheduled = times.scheduled, let firstToken = times.firstToken,
            let lastToken = times.lastToken,
            reason.isNatural
        else { return }
        let outputCount = request.sequence.outputCount
        endToEndLatency.record(times.arrival.duration(to: now))
        queueTime.record(times.arrival.duration(to: scheduled))
        prefillTime.record(scheduled.duration(to: firstToken))
        decodeTime.record(firstToken.duration(to: lastToken))
        inferenceTime.record(scheduled.duration(to: lastToken))
        if outputCount > 1 {
            timePerOutputToken.record(firstToken.duration(to: lastToken) / (outputCount - 1))
        }
        requestPromptTokens.record(Double(request.sequence.promptCount))
        requestGenerationTokens.record(Double(outputCount))
        requestMaxTokens.record(Double(request.outputMax))
    }
}

extension FinishReason {
    /// Whether the output is complete.
    fileprivate var isNatural: Bool {
        switch self {
        case .stop, .length: true
        case .aborted, .failed: false
        }
    }
}
