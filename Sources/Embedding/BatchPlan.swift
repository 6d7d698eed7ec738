/// Which sequences of which jobs a batch computes.
///
/// Jobs take turns, a sequence each, so that a short request is not behind all of a long one. A batch ends where the next
/// sequence would pass the budget: sequences lie one after another without filling up, so that their lengths need
/// not be alike.
struct BatchPlan {
    /// A sequence of a batch.
    struct Entry {
        let job: EmbeddingJob
        let index: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var tokenCount = 0
    /// The first job that found no room: the next batch is to begin with it, so that a long sequence is not passed over
    /// for ever.
    private(set) var passedOver: EmbeddingJob?

    /// Plans the next batch and takes its sequences out of their jobs.
    mutating func make(_ jobs: [EmbeddingJob], tokensMax: Int) {
        entries.removeAll(keepingCapacity: true)
        tokenCount = 0
        passedOver = nil
        var waiting = jobs.filter { !$0.isTaken && !$0.reply.isSettled }
        while !waiting.isEmpty {
            waiting.removeAll { job in
                let tokens = job.sequences[job.next].tokens.count
                guard entries.isEmpty || tokenCount + tokens <= tokensMax else {
                    if passedOver == nil { passedOver = job }
                    return true
                }
                entries.append(Entry(job: job, index: job.next))
                tokenCount += tokens
                job.next += 1
                return job.isTaken
            }
        }
    }
}
