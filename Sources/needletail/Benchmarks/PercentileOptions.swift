import ArgumentParser

/// Which percentiles of latencies are shown.
struct PercentileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Percentiles of latencies, such as 90,99,99.9.", valueName: "ranks"))
    var metricPercentiles = "99"

    /// The ranks, 0 to 100.
    var ranks: [Double] { metricPercentiles.split(separator: ",").compactMap { Double($0) } }

    func validate() throws {
        let parts = metricPercentiles.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ Double($0).map { (0...100).contains($0) } ?? false }) else {
            throw ValidationError("--metric-percentiles must be numbers from 0 to 100, such as 90,99")
        }
    }
}
