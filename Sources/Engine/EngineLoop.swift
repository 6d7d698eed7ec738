import Compute
import Grammars
import Logging
import ModelFiles
import Models
import Sampling
import Scheduling
import Tokens

/// What the engine thread runs: drain the mailbox, schedule, compute, sample, commit, deliver; and again.
///
/// It is made on that thread and never leaves it. Storage is reused from step to step.
final class EngineLoop {
    /// A token that a request just got.
    private struct Outcome {
        let sequence: SequenceID
        var sample: Sample
        let finishReason: FinishReason?
        /// Whether the token is part of the output.
        let isDelivered: Bool
    }

    private let model: any LanguageModel
    private let settings: Engine.Settings
    private let mailbox: Mailbox
    private let recorder: StatisticsRecorder
    private let logger: Logger
    private let sampler: Sampler

    private var scheduler: Scheduler
    /// By ``SequenceID``.
    private var requests: [EngineRequest?] = []
    private var mail = Mailbox.Mail()
    private var step = ScheduledStep()
    private var layout = StepLayout()
    /// One for each sequence that was sampled, and for each token that it then had to take.
    private var outcomes: [Outcome] = []
    /// A bit for each token: what the grammar of the sequence at hand allows.
    private let mask: UnsafeMutableBufferPointer<UInt64>

    init(
        model: any LanguageModel, settings: Engine.Settings, mailbox: Mailbox, recorder: StatisticsRecorder,
        logger: Logger
    ) {
        self.model = model
        self.settings = settings
        self.mailbox = mailbox
        self.recorder = recorder
        self.logger = logger
        sampler = Sampler(vocabularySize: model.config.vocabularySize)
        mask = .allocate(capacity: (model.config.vocabularySize + 63) / 64)
        scheduler = Scheduler(
            blockCount: settings.blockCount, blockTokens: Engine.Settings.blockTokens,
            sequencesMax: settings.sequencesMax)
    }

    deinit { mask.deallocate() }

    /// Runs until the mailbox asks for the end, or something breaks.
    func run() {
        while true {
            mailbox.receive(into: &mail, sleeps: scheduler.isIdle)
            mail.requests.forEach(admit)
            mail.aborts.forEach(abort)
            if let deadline = mail.deadline {
                if deadline <= .now { endAll(.aborted) }
                if scheduler.isIdle { break }
            }
            if let failure = runStep() {
                fail(failure)
                break
            }
        }
        mailbox.noteStopped()
    }

    // MARK: Coming and going

    private func admit(_ request: EngineRequest) {
        let sequence = scheduler.add(
            tokenCount: request.sequence.tokens.count, priority: request.priority,
            showsLogits: request.promptLogprobs != nil)
        if sequence.rawValue == requests.count { requests.append(nil) }
        requests[sequence.rawValue] = request
        request.stream.sequence = sequence
    }

    private func abort(_ stream: GenerationStream) {
        // It may have ended while its abortion was in the mail.
        guard let sequence = stream.sequence else { return }
        end(sequence, .aborted)
    }

    /// Ends a request for a reason outside of its output, and frees what it holds.
    private func end(_ sequence: SequenceID, _ reason: FinishReason) {
        guard let request = requests[sequence.rawValue] else { return }
        scheduler.remove(sequence)
        requests[sequence.rawValue] = nil
        conclude(request, reason)
    }

    private func endAll(_ reason: FinishReason) {
        for index in requests.indices { end(SequenceID(rawValue: index), reason) }
    }

    /// Gives up: every request ends, and none is taken anymore. The scheduler is not trusted with anything.
    private func fail(_ reason: String) {
        logger.critical("the engine failed", metadata: ["reason": "\(reason)"])
        mailbox.fail(reason)
        mailbox.receive(into: &mail, sleeps: false)
        for request in requests.compactMap(\.self) { conclude(request, .failed(reason)) }
        for request in mail.requests { conclude(request, .failed(reason)) }
    }

    private func conclude(_ request: EngineRequest, _ reason: FinishReason) {
        request.stream.sequence = nil
        recorder.update { statistics in
            statistics.recordEnd(of: request, reason, at: .now)
            recordGauges(&statistics)
        }
        mailbox.noteEnded(1)
        request.stream.deliver(nil, finishReason: reason)
    }

    // MARK: A step

    /// Runs one step, if there is anything to run. Returns what broke, if anything did.
    private func runStep() -> String? {
        guard !scheduler.isIdle else { return scheduler.checkIntegrity() }
        scheduler.schedule(tokensMax: settings.stepTokensMax, into: &step)
        guard !step.runs.isEmpty else { return "no sequence can run, and \(scheduler.waitingCount) wait" }
        noteScheduled()
        fillLayout()
        let logits = model.forward(layout)
        let logitCount = layout.logitRows.count * model.config.vocabularySize
        guard logits.count == logitCount else {
            return "the model gave \(logits.count) logits, not \(logitCount)"
        }
        sample(logits)
        scheduler.commit(step)
        finish()
        let needsCheck = settings.checksIntegrityEachStep || scheduler.isIdle
        return needsCheck ? scheduler.checkIntegrity() : nil
    }

    private func noteScheduled() {
        let now = ContinuousClock.now
        for run in step.runs where run.firstPosition == 0 {
            guard let request = requests[run.sequence.rawValue], request.times.scheduled == nil else {
                continue
            }
            request.times.scheduled = now
        }
        for sequence in step.preempted {
            logger.debug("preempted", metadata: ["sequence": "\(sequence.rawValue)"])
        }
    }

    /// Lays the step's rows out for the model.
    private func fillLayout() {
        layout.removeAll()
        for run in step.runs {
            guard let request = requests[run.sequence.rawValue] else { continue }
            layout.runs.append(
                StepLayout.Run(
                    firstRow: layout.tokens.count, rowCount: run.tokenCount, firstPosition: run.firstPosition,
                    firstBlock: layout.blockTables.count))
            for position in run.positions {
                layout.tokens.append(request.sequence.tokens[position].rawValue)
                layout.positions.append(Int32(truncatingIfNeeded: position))
            }
            for block in scheduler.blocks(of: run.sequence) { layout.blockTables.append(block.rawValue) }
            let end = layout.tokens.count
            for position in request.shown(of: run.positions) {
                layout.logitRows.append(
                    Int32(truncatingIfNeeded: end - (run.positions.upperBound - position)))
            }
            if run.isSampled { layout.logitRows.append(Int32(truncatingIfNeeded: end - 1)) }
        }
    }

    /// Tells what is asked of prompts, and chooses the next token of each sequence that has caught up.
    private func sample(_ logits: UnsafeMutableBufferPointer<Float>) {
        outcomes.removeAll(keepingCapacity: true)
        let vocabularySize = model.config.vocabularySize
        var rest = logits[...]
        func nextRow() -> UnsafeMutableBufferPointer<Float> {
            defer { rest = rest.dropFirst(vocabularySize) }
            return UnsafeMutableBufferPointer(rebasing: rest.prefix(vocabularySize))
        }
        for run in step.runs {
            guard let request = requests[run.sequence.rawValue] else { continue }
            tell(request.shown(of: run.positions), of: request, nextRow)
            guard run.isSampled else { continue }
            let sample = sampler.sample(nextRow(), for: request.sequence, allowing: allowed(for: request))
            request.sequence.tokens.append(sample.token)
            let reason = request.finishReason(after: sample.token)
            if request.isAllowed(sample.token) {
                let isDelivered = if case .stop = reason { false } else { true }
                outcomes.append(
                    Outcome(
                        sequence: run.sequence, sample: sample, finishReason: reason, isDelivered: isDelivered
                    ))
                if reason == nil { jump(request, run.sequence) }
            } else {
                outcomes.append(
                    Outcome(sequence: run.sequence, sample: sample, finishReason: .length, isDelivered: false)
                )
            }
        }
    }

    /// Takes the tokens that the request's grammar leaves no choice of: the next step computes them together, and with them
    /// the one that was sampled last, which may have to be spelt anew.
    private func jump(_ request: EngineRequest, _ sequence: SequenceID) {
        guard request.matcher != nil, let last = request.sequence.tokens.last else { return }
        var jump = request.jump(from: last)
        if jump.replacesLast, let first = jump.tokens.first {
            request.sequence.tokens[request.sequence.tokens.count - 1] = first
            outcomes[outcomes.count - 1].sample = Sample(token: first, logprobs: nil)
            jump.tokens.removeFirst()
        }
        for token in jump.tokens {
            request.sequence.tokens.append(token)
            scheduler.extend(sequence)
            outcomes.append(
                Outcome(
                    sequence: sequence, sample: Sample(token: token, logprobs: nil), finishReason: nil,
                    isDelivered: true))
        }
    }

    /// What the request's grammar allows next; nil where it has none.
    private func allowed(for request: EngineRequest) -> UnsafeMutableBufferPointer<UInt64>? {
        guard request.matcher != nil else { return nil }
        _ = request.matcher?.fill(mask, endings: request.sequence.endingTokens)
        return mask
    }

    /// Tells how probable the prompt's tokens after these positions were.
    private func tell(
        _ positions: Range<Int>, of request: EngineRequest,
        _ nextRow: () -> UnsafeMutableBufferPointer<Float>
    ) {
        guard let topCount = request.promptLogprobs, !positions.isEmpty else { return }
        let logprobs = positions.map {
            sampler.logprobs(of: request.sequence.tokens[$0 + 1], in: nextRow(), topCount: topCount)
        }
        request.shownPositions = positions.upperBound
        request.stream.deliver(promptLogprobs: logprobs)
    }

    /// Records what came out, frees what has ended, and only then delivers: a reader finds the room that it
    /// made.
    private func finish() {
        let now = ContinuousClock.now
        var endedCount = 0
        recorder.update { statistics in
            statistics.stepCount += 1
            statistics.iterationTokens.record(Double(step.tokenCount))
            for outcome in outcomes {
                guard let request = requests[outcome.sequence.rawValue] else { continue }
                statistics.recordToken(of: request, at: now)
                request.times.firstToken = request.times.firstToken ?? now
                request.times.lastToken = now
                guard let reason = outcome.finishReason else { continue }
                statistics.recordEnd(of: request, reason, at: now)
                scheduler.remove(outcome.sequence)
                endedCount += 1
            }
            recordGauges(&statistics)
        }
        mailbox.noteEnded(endedCount)
        for outcome in outcomes { deliver(outcome) }
    }

    private func deliver(_ outcome: Outcome) {
        guard let request = requests[outcome.sequence.rawValue] else { return }
        if outcome.finishReason != nil {
            request.stream.sequence = nil
            requests[outcome.sequence.rawValue] = nil
        }
        request.stream.deliver(
            outcome.isDelivered ? outcome.sample : nil, finishReason: outcome.finishReason)
    }

    private func recordGauges(_ statistics: inout EngineStatistics) {
        statistics.runningCount = scheduler.runningCount
        statistics.waitingCount = scheduler.waitingCount
        statistics.freeBlockCount = scheduler.freeBlockCount
        statistics.preemptionCount = scheduler.preemptionCount
    }
}
