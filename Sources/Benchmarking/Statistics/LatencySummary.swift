/// Mean, spread and percentiles of some durations.
package struct LatencySummary: Sendable, Equatable {
    /// A percentile: the rank from 0 to 100, and the value there.
    package struct Percentile: Sendable, Equatable {
        package let rank: Double
        package let value: Double
    }

    /// How many values there were.
    package let count: Int
    /// The mean; 0 where there were no values, as are all the others.
    package let mean: Double
    package let median: Double
    /// The standard deviation of the values themselves, not of a sample.
    package let standardDeviation: Double
    /// In the order that was asked for.
    package let percentiles: [Percentile]

    /// Summarises values of any one unit.
    package init(_ values: [Double], percentiles ranks: [Double] = [99]) {
        let sorted = values.sorted()
        count = sorted.count
        let mean = sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count)
        self.mean = mean
        let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = sorted.isEmpty ? 0 : (squares / Double(sorted.count)).squareRoot()
        median = Self.percentile(50, of: sorted)
        percentiles = ranks.map { Percentile(rank: $0, value: Self.percentile($0, of: sorted)) }
    }

    /// The value below which `rank` percent of the sorted values lie, between two values by linear interpolation
    /// (Hyndman and Fan's definition 7, 1996, which is NumPy's default).
    private static func percentile(_ rank: Double, of sorted: [Double]) -> Double {
        guard let last = sorted.last else { return 0 }
        let place = min(max(rank, 0), 100) / 100 * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return last }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
    }
}
