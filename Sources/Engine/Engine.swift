import Compute
package import Logging
import ModelFiles
package import Models
import Sampling
import Synchronization
package import Tokens

/// The loop that turns requests into tokens: one thread of its own that owns scheduler, cache and model.
///
/// Any task may call any method. The engine runs until ``shutdown(deadline:)``, or until it is dropped.
package final class Engine: Sendable {
    private let settings: Settings
    private let vocabularySize: Int
    private let mailbox: Mailbox
    private let recorder: StatisticsRecorder

    /// Takes a model over and starts the thread.
    ///
    /// The model's cache has ``Settings/blockCount`` blocks, and its steps take ``Settings/stepTokensMax``
    /// tokens.
    package init(model: sending any LanguageModel, settings: Settings, logger: Logger) {
        settings.check()
        self.settings = settings
        vocabularySize = model.config.vocabularySize
        mailbox = Mailbox(sequencesMax: settings.sequencesMax, waitingMax: settings.waitingMax)
        recorder = StatisticsRecorder(
            EngineStatistics(blockCount: settings.blockCount, contextLength: settings.contextLength))

        let (mailbox, recorder) = (mailbox, recorder)
        // The model was sent here and is used by the new thread alone from now on.
        nonisolated(unsafe) let model = model
        let errorNumber = ComputeThread.start {
            EngineLoop(model: model, settings: settings, mailbox: mailbox, recorder: recorder, logger: logger)
                .run()
        }
        if let errorNumber {
            logger.critical("no thread for the engine", metadata: ["errno": "\(errorNumber)"])
            mailbox.fail("no thread for the engine: error \(errorNumber)")
            mailbox.noteStopped()
        }
    }

    deinit {
        mailbox.stop(deadline: .now)
    }

    /// The model's own end tokens.
    package var endOfSequence: [TokenID] { settings.endOfSequence }

    /// Takes a request in; its tokens come out of what is returned.
    ///
    /// The output is cut to the context length. A request without a seed gets one here.
    ///
    /// - Throws: ``AdmissionError`` where it can never run, or too many wait.
    package func submit(_ request: GenerationRequest) throws(AdmissionError) -> Generation {
        try check(request)
        let parameters = request.sampling
        var endingTokens = parameters.stopTokens
        // An output that is complete in its grammar has to end.
        if !parameters.ignoresEndOfSequence || request.grammar != nil {
            endingTokens += settings.endOfSequence
        }
        let stream = GenerationStream(mailbox: mailbox)
        try mailbox.submit(
            EngineRequest(
                stream: stream,
                sequence: SampledSequence(
                    prompt: request.prompt, parameters: parameters,
                    seed: parameters.seed ?? .random(in: .min ... .max), endingTokens: endingTokens),
                outputMax: outputMax(of: request), promptLogprobs: request.promptLogprobs,
                priority: request.priority, grammar: request.grammar, arrival: .now))
        return Generation(stream)
    }

    /// Counters, gauges and histograms as of the last step.
    package func statistics() -> EngineStatistics {
        recorder.snapshot()
    }

    /// Whether the engine did not break.
    package var isHealthy: Bool { mailbox.failure == nil }

    /// Takes no more requests, finishes those that it has, and returns when the thread is gone.
    ///
    /// What is not done after `deadline`, or when the calling task is cancelled, is aborted.
    package func shutdown(deadline: Duration = .seconds(30)) async {
        mailbox.stop(deadline: .now + deadline)
        await withTaskCancellationHandler {
            await mailbox.waitUntilStopped()
        } onCancel: {
            mailbox.stop(deadline: .now)
        }
    }

    // MARK: Admission

    private func check(_ request: GenerationRequest) throws(AdmissionError) {
        let promptCount = request.prompt.count
        guard promptCount > 0 else { throw .emptyPrompt }
        guard promptCount < settings.contextLength else {
            throw .promptTooLong(tokens: promptCount, contextLength: settings.contextLength)
        }
        if let unknown = request.prompt.first(where: { $0.index < 0 || $0.index >= vocabularySize }) {
            throw .unknownToken(unknown, vocabularySize: vocabularySize)
        }
        let tokens = promptCount + outputMax(of: request)
        guard tokens <= settings.capacity else {
            throw .exceedsCapacity(tokens: tokens, capacity: settings.capacity)
        }
    }

    /// The most tokens that a request can get: one at least, and no more than the context has room for.
    private func outputMax(of request: GenerationRequest) -> Int {
        min(max(1, request.sampling.maxTokens), settings.contextLength - request.prompt.count)
    }
}
