/// Sends requests at a rate and takes what comes back.
package struct LoadGenerator: Sendable {
    /// Requests per second, as a Poisson process; infinite sends all at once.
    package var rate: Double
    /// The most requests under way; nil for no limit.
    package var concurrencyMax: Int?
    /// Of the arrivals.
    package var seed: UInt64

    package init(rate: Double, concurrencyMax: Int?, seed: UInt64) {
        self.rate = rate
        self.concurrencyMax = concurrencyMax
        self.seed = seed
    }

    /// When each request may be sent, in seconds from the start, ascending.
    package func arrivals(count: Int) -> [Double] {
        guard rate.isFinite, rate > 0 else { return Array(repeating: 0, count: count) }
        var random = SeededRandom(seed: seed)
        var time = 0.0
        return (0..<count).map { index in
            if index > 0 { time += random.exponential(mean: 1 / rate) }
            return time
        }
    }

    /// Sends all requests, in order, and waits for the last answer.
    ///
    /// - Parameters:
    ///   - send: Sends one request; runs beside others.
    ///   - progress: Hears how many are done.
    /// - Returns: The records, in order of their end, and how long all of it took in seconds.
    package func run(
        _ requests: [BenchmarkRequest], progress: (_ done: Int) -> Void,
        send: @escaping @Sendable (BenchmarkRequest) async -> RequestRecord
    ) async -> (records: [RequestRecord], duration: Double) {
        let arrivals = arrivals(count: requests.count)
        let clock = ContinuousClock()
        let start = clock.now
        let records = await withTaskGroup(of: RequestRecord.self) { group in
            var records: [RequestRecord] = []
            func take(_ record: RequestRecord?) {
                guard let record else { return }
                records.append(record)
                progress(records.count)
            }
            for (index, request) in requests.enumerated() {
                if let concurrencyMax, index - records.count >= concurrencyMax { take(await group.next()) }
                if arrivals[index] > 0 {
                    try? await clock.sleep(until: start + .seconds(arrivals[index]))
                }
                group.addTask { await send(request) }
            }
            while let record = await group.next() { take(record) }
            return records
        }
        return (records, (clock.now - start) / .seconds(1))
    }
}
