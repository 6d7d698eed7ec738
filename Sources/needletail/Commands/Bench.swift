import ArgumentParser

/// `needletail bench`: how fast this machine runs a model, or a server is.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how fast this machine runs a model, or how fast a server is.",
        subcommands: [
            BenchLatency.self, BenchThroughput.self, BenchServe.self, BenchProfile.self, BenchGrammar.self,
        ])
}
