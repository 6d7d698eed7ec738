import Logging
import Models

/// What the embedder's thread runs: take jobs, plan a batch, compute it, hand rows back; and again.
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
            guard !jobs.isEmpty else { continue }
            if let failure = runBatch() {
                logger.critical("the embedder failed", metadata: ["reason": "\(failure)"])
                mailbox.fail(failure)
                _ = mailbox.receive(into: &jobs, sleeps: false)
                endAll(.failed(failure))
                break
            }
        }
        mailbox.noteStopped()
    }

    /// Computes one batch. Returns what broke, if anything did.
    private func runBatch() -> String? {
        plan.make(jobs, tokensMax: settings.batchTokensMax)
        if let job = plan.passedOver, let place = jobs.firstIndex(where: { $0 === job }) {
            jobs.insert(jobs.remove(at: place), at: 0)
        }
        batch.removeAll()
        for entry in plan.entries { batch.append(entry.job.sequences[entry.index]) }
        let start = ContinuousClock.now
        let rows = model.encode(batch)
        let size = model.outputSize
        // A row that is no number would reach the client as no JSON.
        guard rows.allSatisfy(\.isFinite) else { return "the model gave numbers that are not finite" }
        for (place, entry) in plan.entries.enumerated() {
            let job = entry.job
            for column in 0..<size {
                job.rows[entry.index * size + column] = rows[place * size + column]
            }
            job.doneCount += 1
        }
        recorder.update {
            $0.batchCount += 1
            $0.sequenceCount += plan.entries.count
            $0.tokenCount += plan.tokenCount
            $0.busySeconds += start.duration(to: .now) / .seconds(1)
        }
        answer()
        return nil
    }

    /// Answers the jobs that are done, once they are counted and their room is free: a reader finds what it made.
    private func answer() {
        let done = jobs.filter { $0.doneCount == $0.sequences.count }
        jobs.removeAll { $0.doneCount == $0.sequences.count }
        for job in done {
            mailbox.noteEnded(tokens: job.tokenCount)
            job.reply.settle(.success(job.rows))
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
