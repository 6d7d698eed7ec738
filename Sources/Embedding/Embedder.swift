import Compute
package import Logging
package import Models
import Tokens

/// The thread that turns texts into rows of numbers: vectors, or scores of pairs.
///
/// Any task may call any method. It runs until ``shutdown(deadline:)``, or until it is dropped. A sequence's row has
/// the same bits alone and in any company.
package final class Embedder: Sendable {
    /// The embedder's limits.
    package struct Settings: Sendable {
        /// The most tokens of one sequence.
        package var contextLength: Int
        /// The most tokens of a batch; a sequence of the context's length fits.
        package var batchTokensMax: Int
        /// The most tokens that wait or run; further requests are turned away.
        package var waitingTokensMax: Int

        package init(contextLength: Int, batchTokensMax: Int, waitingTokensMax: Int) {
            precondition(contextLength > 0 && batchTokensMax >= contextLength, "a sequence fits a batch")
            self.contextLength = contextLength
            self.batchTokensMax = batchTokensMax
            self.waitingTokensMax = waitingTokensMax
        }
    }

    /// How many numbers a row has.
    package let outputSize: Int
    /// The limits it was made with.
    package let settings: Settings
    private let vocabularySize: Int
    private let mailbox: EmbeddingMailbox
    private let recorder = EmbeddingRecorder()

    /// Takes a model over and starts the thread. The model's steps take ``Settings/batchTokensMax`` tokens.
    package init(model: sending any SequenceEncoder, settings: Settings, logger: Logger) {
        self.settings = settings
        outputSize = model.outputSize
        vocabularySize = model.vocabularySize
        mailbox = EmbeddingMailbox(tokensMax: settings.waitingTokensMax)
        let (mailbox, recorder) = (mailbox, recorder)
        // The model was sent here and is used by the new thread alone from now on.
        nonisolated(unsafe) let model = model
        let errorNumber = ComputeThread.start {
            EmbedderLoop(
                model: model, settings: settings, mailbox: mailbox, recorder: recorder, logger: logger
            ).run()
        }
        if let errorNumber {
            logger.critical("no thread for the embedder", metadata: ["errno": "\(errorNumber)"])
            mailbox.fail("no thread for the embedder: error \(errorNumber)")
            mailbox.noteStopped()
        }
    }

    deinit { mailbox.stop(deadline: .now) }

    /// Takes sequences in; their rows come out of what is returned.
    ///
    /// - Throws: ``EmbeddingError`` where they can never run, or too many wait.
    package func submit(_ sequences: [TokenSequence]) throws(EmbeddingError) -> PendingRows {
        for sequence in sequences { try check(sequence) }
        let reply = Reply()
        guard !sequences.isEmpty else {
            reply.settle(.success([]))
            return PendingRows(reply, outputSize: outputSize)
        }
        try mailbox.submit(EmbeddingJob(sequences, outputSize: outputSize, reply: reply))
        return PendingRows(reply, outputSize: outputSize)
    }

    /// Counters since the start.
    package func statistics() -> EmbeddingStatistics {
        var statistics = recorder.snapshot()
        statistics.pendingTokens = mailbox.pendingTokens
        return statistics
    }

    /// Whether the embedder did not break.
    package var isHealthy: Bool { mailbox.failure == nil }

    /// Takes no more requests, finishes those that it has, and returns when the thread is gone.
    ///
    /// What is not done after `deadline`, or when the calling task is cancelled, is ended.
    package func shutdown(deadline: Duration = .seconds(30)) async {
        mailbox.stop(deadline: .now + deadline)
        await withTaskCancellationHandler {
            await mailbox.waitUntilStopped()
        } onCancel: {
            mailbox.stop(deadline: .now)
        }
    }

    private func check(_ sequence: TokenSequence) throws(EmbeddingError) {
        let tokens = sequence.tokens
        guard !tokens.isEmpty else { throw .empty }
        guard tokens.count <= settings.contextLength else {
            throw .tooLong(tokens: tokens.count, contextLength: settings.contextLength)
        }
        if let unknown = tokens.first(where: { $0.index < 0 || $0.index >= vocabularySize }) {
            throw .unknownToken(unknown, vocabularySize: vocabularySize)
        }
    }
}

/// Rows that an ``Embedder`` has yet to compute.
///
/// Cancelling the task that waits, or dropping this, ends the request.
package final class PendingRows: Sendable {
    private let reply: Reply
    private let outputSize: Int

    init(_ reply: Reply, outputSize: Int) {
        self.reply = reply
        self.outputSize = outputSize
    }

    deinit { abort() }

    /// Ends the request now. Does nothing where it has ended.
    package func abort() { reply.settle(.failure(.aborted)) }

    /// Waits for the rows, `[sequences, outputSize]`.
    package func rows() async throws(EmbeddingError) -> [ArraySlice<Float>] {
        let outcome = await withTaskCancellationHandler {
            await reply.outcome()
        } onCancel: {
            abort()
        }
        let numbers = try outcome.get()
        return stride(from: 0, to: numbers.count, by: max(outputSize, 1)).map {
            numbers[$0..<($0 + outputSize)]
        }
    }
}
