/// What the engine did and does: counters and histograms since its start, gauges as of the last step.
///
/// Names and meanings are those of vLLM's metrics. Times are in seconds.
package struct EngineStatistics: Sendable, Equatable {
    /// Requests by the reason of their end.
    package struct Finished: Sendable, Equatable {
        package var stop = 0
        package var length = 0
        package var aborted = 0
        package var failed = 0
    }

    // MARK: Gauges

    /// Sequences that hold blocks.
    package internal(set) var runningCount = 0
    /// Sequences that wait for blocks or a place in the batch.
    package internal(set) var waitingCount = 0
    /// Blocks of the KV cache.
    package let blockCount: Int
    /// Blocks that no sequence holds.
    package internal(set) var freeBlockCount: Int

    // MARK: Counters

    /// Tokens of prompts that were computed; a prompt computed anew after a preemption counts once.
    package internal(set) var promptTokenCount = 0
    /// Tokens that were sampled, ending tokens among them.
    package internal(set) var generationTokenCount = 0
    /// How often a sequence lost its blocks.
    package internal(set) var preemptionCount = 0
    /// Steps that were run.
    package internal(set) var stepCount = 0
    /// Requests that ended.
    package internal(set) var finished = Finished()

    // MARK: Histograms

    /// Tokens computed in each step.
    package internal(set) var iterationTokens = Histogram.iterationTokens
    /// From arrival to the first token.
    package internal(set) var timeToFirstToken = Histogram.timeToFirstToken
    /// Between two tokens of a request.
    package internal(set) var interTokenLatency = Histogram.interTokenLatency
    /// The mean time a token after the first, of each finished request.
    package internal(set) var timePerOutputToken = Histogram.interTokenLatency
    /// From arrival to the end.
    package internal(set) var endToEndLatency = Histogram.requestLatency
    /// From arrival to the first step.
    package internal(set) var queueTime = Histogram.requestLatency
    /// From the first step to the first token.
    package internal(set) var prefillTime = Histogram.requestLatency
    /// From the first token to the last.
    package internal(set) var decodeTime = Histogram.requestLatency
    /// From the first step to the last token.
    package internal(set) var inferenceTime = Histogram.requestLatency
    /// Tokens of each finished request's prompt.
    package internal(set) var requestPromptTokens: Histogram
    /// Tokens of each finished request's output.
    package internal(set) var requestGenerationTokens: Histogram
    /// Tokens of output that each finished request might have had.
    package internal(set) var requestMaxTokens: Histogram

    init(blockCount: Int, contextLength: Int) {
        self.blockCount = blockCount
        freeBlockCount = blockCount
        requestPromptTokens = .requestTokens(contextLength: contextLength)
        requestGenerationTokens = requestPromptTokens
        requestMaxTokens = requestPromptTokens
    }

    /// Which share of the KV cache is in use, from 0 to 1.
    package var cacheUsage: Double { 1 - Double(freeBlockCount) / Double(blockCount) }
}
