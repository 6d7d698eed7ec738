import ArgumentParser

/// `needletail bench`: how fast this machine runs a model.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how fast this machine runs a model.", subcommands: [BenchLatency.self])
}
