/// Counts of values in fixed buckets, as Prometheus has them.
package struct Histogram: Sendable, Equatable {
    /// The buckets' inclusive upper bounds, ascending; one more bucket takes what is greater.
    package let bounds: [Double]
    /// How many values fell into each bucket, not cumulative; one more than there are bounds.
    package private(set) var counts: [Int]
    /// The sum of all values.
    package private(set) var sum = 0.0

    /// Makes an empty histogram.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many values were recorded.
    package var count: Int { counts.reduce(0, +) }

    /// Counts a value, `repetitions` times.
    mutating func record(_ value: Double, repetitions: Int = 1) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += repetitions
        sum += value * Double(repetitions)
    }

    /// Counts a duration in seconds.
    mutating func record(_ duration: Duration) {
        record(duration / .seconds(1))
    }
}

extension Histogram {
    /// vLLM's buckets of the time to the first token, in seconds.
    static let timeToFirstToken = Histogram(bounds: [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160,
        640, 2560,
    ])
    /// vLLM's buckets of the time between two tokens, in seconds.
    static let interTokenLatency = Histogram(bounds: [
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ])
    /// vLLM's buckets of the times of a whole request and its parts, in seconds.
    static let requestLatency = Histogram(bounds: [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ])
    /// vLLM's buckets of tokens a step.
    static let iterationTokens = Histogram(bounds: [
        1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384,
    ])

    /// vLLM's buckets of tokens a request: 1, 2, 5, 10, 20, 50 … up to the context length.
    static func requestTokens(contextLength: Int) -> Histogram {
        var bounds: [Double] = []
        var power = 1
        while power <= contextLength {
            bounds += [power, 2 * power, 5 * power].filter { $0 <= contextLength }.map(Double.init)
            power *= 10
        }
        return Histogram(bounds: bounds)
    }
}
