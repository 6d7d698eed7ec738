import Synchronization

/// Collects profiles of steps while they run, apart for those that read prompts and those that only continue.
package final class StepRecorder: Sendable {
    /// What a step was for.
    package enum Phase: Int, Sendable, CaseIterable {
        /// Some sequence computed more than one token.
        case prefill
        /// Every sequence computed one.
        case decode
    }

    private struct State {
        var isRecording = false
        var phase = Phase.prefill
        var profiles = Phase.allCases.map { _ in StepProfile() }
        /// When the last step gave its logits, until another begins.
        var stepEnd: ContinuousClock.Instant?
        /// Bytes a second of each time that the weights were read.
        var readRates: [Double] = []
        var stepsSinceRead = 0
    }

    /// Steps of decoding between two readings of the weights.
    private static let stepsARead = 8

    private let state = Mutex(State())

    package init() {}

    /// Records from now on; what was recorded before stays.
    package func start() {
        state.withLock { state in
            state.isRecording = true
            state.stepEnd = nil
        }
    }

    /// Records nothing until the next ``start()``, and forgets the time since the last step.
    package func stop() {
        state.withLock { $0.isRecording = false }
    }

    /// What was recorded so far.
    package func profile(_ phase: Phase) -> StepProfile {
        state.withLock { $0.profiles[phase.rawValue] }
    }

    /// Bytes a second at which the weights were read in order between steps of decoding, if they were; the median.
    package var weightReadRate: Double? {
        state.withLock { state in
            state.readRates.isEmpty ? nil : state.readRates.sorted()[state.readRates.count / 2]
        }
    }

    /// Returns whether it is time to read the weights once.
    func beginStep(_ phase: Phase, tokens: Int) -> Bool {
        state.withLock { state in
            guard state.isRecording else { return false }
            if let end = state.stepEnd {
                let seconds = end.duration(to: .now) / .seconds(1)
                state.profiles[state.phase.rawValue].record(.betweenSteps, seconds: seconds)
            }
            state.phase = phase
            state.profiles[phase.rawValue].recordStep(tokens: tokens)
            state.stepsSinceRead += phase == .decode ? 1 : 0
            return state.stepsSinceRead == Self.stepsARead
        }
    }

    func recordRead(bytes: Int, since start: ContinuousClock.Instant) {
        let seconds = start.duration(to: .now) / .seconds(1)
        state.withLock { state in
            state.stepsSinceRead = 0
            state.readRates.append(Double(bytes) / seconds)
        }
    }

    func record(_ kind: OperationKind, since start: ContinuousClock.Instant, _ work: Work) {
        let end = ContinuousClock.now
        state.withLock { state in
            guard state.isRecording else { return }
            state.profiles[state.phase.rawValue].record(
                kind, seconds: start.duration(to: end) / .seconds(1), work: work)
            if kind == .head { state.stepEnd = end }
        }
    }
}
