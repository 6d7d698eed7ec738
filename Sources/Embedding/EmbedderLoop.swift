import Logging
import Models

/// What the embedder's thread runs: take jobs, plan a batch, compute it, hand rows back; and again.
///
/// A model may have no number for a text, as where the row of a token that nobody uses is not one. That ends the request
/// and no other one: whoever finds such a token must not end the service.
///
/// It is made on that thread and never leaves it.
final class EmbedderLoop {
    private let model: any SequenceEncoder
    private let settings: Embedder.Settings
    private let mailbox: EmbeddingMailbox
    private let recorder: EmbeddingRecorder
    private let logger: Logger

    private var jobs: [EmbeddingJob] = []
    private var plan = BatchPlan()
    private var batch = SequenceBatch()

    init(
        model: any SequenceEncoder, settings: Embedder.Settings, mailbox: EmbeddingMailbox,
        recorder: EmbeddingRecorder, logger: Logger
    ) {
        self.model = model
        self.settings = settings
        self.mailbox = mailbox
        self.recorder = recorder
        self.logger = logger
    }

    /// Runs until the mailbox asks for the end, or something breaks.
    func run() {
        while true {
            let deadline = mailbox.receive(into: &jobs, sleeps: jobs.isEmpty)
            dropSettled()
            if let deadline {
                if deadline <= .now { endAll(.shuttingDown) }
                if jobs.isEmpty { break }
            }
            if !jobs.isEmpty { runBatch() }
        }
        mailbox.noteStopped()
    }

    /// Computes one batch.
    private func runBatch() {
        plan.make(jobs, tokensMax: settings.batchTokensMax)
        if let job = plan.passedOver, let place = jobs.firstIndex(where: { $0 === job }) {
            jobs.insert(jobs.remove(at: place), at: 0)
        }
        batch.removeAll()
        for entry in plan.entries { batch.append(entry.job.sequences[entry.index]) }
        let start = ContinuousClock.now
        let rows = model.encode(batch)
        let size = model.outputSize
        for (place, entry) in plan.entries.enumerated() {
            take(rows[(place * size)..<((place + 1) * size)], entry)
        }
        recorder.update {
            $0.batchCount += 1
            $0.sequenceCount += plan.entries.count
            $0.tokenCount += plan.tokenCount
            $0.busySeconds += start.duration(to: .now) / .seconds(1)
        }
        answer()
    }

    private func take(_ row: Slice<UnsafeMutableBufferPointer<Float>>, _ entry: BatchPlan.Entry) {
        // What is no number would reach the client as no JSON.
        guard row.allSatisfy(\.isFinite) else {
            logger.error("the model gave numbers that are not finite")
            entry.job.isBroken = true
            return
        }
        entry.job.rows.replaceSubrange(
            (entry.index * row.count)..<((entry.index + 1) * row.count), with: row)
        entry.job.doneCount += 1
    }

    /// Answers the jobs that are done, once they are counted and their room is free: a reader finds what it made.
    private func answer() {
        let done = jobs.filter(\.isDone)
        jobs.removeAll(where: \.isDone)
        for job in done {
            mailbox.noteEnded(tokens: job.tokenCount)
            job.reply.settle(
                job.isBroken
                    ? .failure(.failed("it has no finite numbers for one of the texts"))
                    : .success(job.rows))
        }
        dropSettled()
    }

    /// Forgets jobs that are answered, or that nobody waits for.
    private func dropSettled() {
        jobs.removeAll { job in
            guard job.reply.isSettled else { return false }
            mailbox.noteEnded(tokens: job.tokenCount)
            return true
        }
    }

    private func endAll(_ error: EmbeddingError) {
        for job in jobs { job.reply.settle(.failure(error)) }
        dropSettled()
    }
}
