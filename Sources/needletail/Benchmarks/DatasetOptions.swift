import ArgumentParser
import Benchmarking
import JSON

/// What a benchmark asks for: vLLM's datasets under its names, the same requests for the same seed.
struct DatasetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where prompts come from: random, sharegpt, prefix_repetition or custom.",
            discussion: """
                random draws lengths and tokens; sharegpt has lengths like those of conversations, made up or those of \
                --dataset-path; prefix_repetition has few beginnings that many prompts share; custom reads a file with \
                {"prompt": "…"} a line.
                """, valueName: "name"))
    var datasetName = DatasetName.random

    @Option(
        help: ArgumentHelp(
            "The file of sharegpt (a JSON array of conversations) or custom (JSON lines).", valueName: "path")
    )
    var datasetPath: String?

    @Option(help: ArgumentHelp("How many requests.", valueName: "count"))
    var numPrompts = 100

    @Option(
        help: ArgumentHelp(
            "Makes lengths, prompts and arrivals others, or the same again.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("random: tokens of a prompt, such as 512 or 32:512.", valueName: "length"))
    var randomInputLen = LengthRange(512, 512)

    @Option(help: ArgumentHelp("random: tokens of an output, such as 128 or 64:128.", valueName: "length"))
    var randomOutputLen = LengthRange(128, 128)

    @Option(
        help: ArgumentHelp(
            "random: how far lengths lie below and above those given, as a share of them.", valueName: "0…1"))
    var randomRangeRatio = 0.0

    @Option(
        help: ArgumentHelp("sharegpt: tokens of every output, instead of the answer's.", valueName: "tokens"))
    var sharegptOutputLen: Int?

    @Option(help: ArgumentHelp("custom: tokens of an output that names none itself.", valueName: "tokens"))
    var customOutputLen = 256

    @Option(help: ArgumentHelp("prefix_repetition: how many beginnings.", valueName: "count"))
    var prefixRepetitionNumPrefixes = 10

    @Option(help: ArgumentHelp("prefix_repetition: tokens of a beginning.", valueName: "tokens"))
    var prefixRepetitionPrefixLen = 256

    @Option(help: ArgumentHelp("prefix_repetition: tokens of what follows it.", valueName: "tokens"))
    var prefixRepetitionSuffixLen = 256

    @Option(help: ArgumentHelp("prefix_repetition: tokens of an output.", valueName: "tokens"))
    var prefixRepetitionOutputLen = 128

    func validate() throws {
        try require(
            (1...1_000_000).contains(numPrompts), "--num-prompts must be 1 to 1000000, not \(numPrompts)")
        try require(
            (0..<1).contains(randomRangeRatio), "--random-range-ratio must be 0 or more, under 1")
        let lengths = [
            ("--sharegpt-output-len", sharegptOutputLen ?? 1), ("--custom-output-len", customOutputLen),
            ("--prefix-repetition-num-prefixes", prefixRepetitionNumPrefixes),
            ("--prefix-repetition-prefix-len", prefixRepetitionPrefixLen),
            ("--prefix-repetition-suffix-len", prefixRepetitionSuffixLen),
            ("--prefix-repetition-output-len", prefixRepetitionOutputLen),
        ]
        for (name, value) in lengths {
            try require(
                (1...LengthRange.tokensMax).contains(value), "\(name) must be 1 or more, not \(value)")
        }
        try require(
            datasetPath != nil || datasetName != .custom, "--dataset-name custom needs --dataset-path")
        try require(
            datasetPath == nil || [.custom, .sharegpt].contains(datasetName),
            "--dataset-path goes with sharegpt and custom, not with \(datasetName.rawValue)")
    }

    /// The requests.
    ///
    /// - Parameters:
    ///   - maker: What made-up prompts are made of.
    ///   - tokens: How long a text is.
    func requests(
        _ maker: PromptMaker, tokens: DatasetFiles.TokenCount = DatasetFiles.estimate
    ) throws -> [BenchmarkRequest] {
        do {
            return try make(maker, tokens)
        } catch let error as DatasetError {
            throw ValidationError("\(datasetPath ?? ""): \(error)")
        } catch let error as JSONError {
            throw ValidationError("\(datasetPath ?? ""): \(error)")
        }
    }

    private func make(
        _ maker: PromptMaker, _ tokens: DatasetFiles.TokenCount
    ) throws -> [BenchmarkRequest] {
        switch (datasetName, datasetPath) {
        case (.random, _):
            MadeUpDatasets.random(
                count: numPrompts, input: randomInputLen.widened(by: randomRangeRatio),
                output: randomOutputLen.widened(by: randomRangeRatio), maker: maker, seed: seed)
        case (.prefixRepetition, _):
            MadeUpDatasets.prefixRepetition(
                count: numPrompts, prefixes: prefixRepetitionNumPrefixes, prefix: prefixRepetitionPrefixLen,
                suffix: prefixRepetitionSuffixLen, output: prefixRepetitionOutputLen, maker: maker, seed: seed
            )
        case (.sharegpt, let path?):
            try DatasetFiles.shareGPT(
                JSONValue(parsing: TextFile.read(path, bytesMax: Self.shareGPTBytesMax)), count: numPrompts,
                output: sharegptOutputLen, seed: seed, tokens: tokens)
        case (.sharegpt, nil):
            MadeUpDatasets.shareGPTShaped(count: numPrompts, maker: maker, seed: seed)
        case (.custom, let path):
            try DatasetFiles.custom(
                TextFile.read(path ?? ""), count: numPrompts, output: customOutputLen, tokens: tokens)
        }
    }

    /// The usual file has 642 MB.
    private static let shareGPTBytesMax = 1 << 30

    private func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw ValidationError(message) }
    }
}

/// vLLM's names of datasets.
enum DatasetName: String, ExpressibleByArgument, CaseIterable {
    case random
    case sharegpt
    case prefixRepetition = "prefix_repetition"
    case custom
}

extension LengthRange: ExpressibleByArgument {
    /// Reads `512` or `32:512`.
    package init?(argument: String) { self.init(argument) }
}
