import ArgumentParser

/// `needletail eval`: how well a model predicts.
struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how well a model predicts text.", subcommands: [EvalPerplexity.self])
}
