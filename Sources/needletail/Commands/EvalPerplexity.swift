import ArgumentParser
import Compute
import Evaluation
import JSON
import ModelFiles
import Tokenizers
import Tokens

/// `needletail eval perplexity`: what a text costs a model, beside llama.cpp's figure for it.
struct EvalPerplexity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "perplexity",
        abstract: "The perplexity of a text: lower is better, and 1 is a text known by heart.",
        discussion: """
            The text is cut into windows of --context tokens, and each token of a window's second half is predicted \
            from all before it in the window: what llama.cpp's llama-perplexity does, so that the figures can be \
            laid side by side. They can be compared for one text and one tokenizer only.

            Examples:
              needletail eval perplexity qwen.gguf --file Benchmarks/Texts/alice.txt
              needletail eval perplexity smollm2 --file book.txt --context 2048 --json
              llama-perplexity -m qwen.gguf -f Benchmarks/Texts/alice.txt -c 512    # llama.cpp's
            """)

    /// The most rows of logits that a step makes: more would take memory, and be no faster.
    private static let logitRowsMax = 128

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String

    @Option(help: ArgumentHelp("The text, in UTF-8.", valueName: "path"))
    var file: String

    @Option(help: ArgumentHelp("Tokens of a window.", valueName: "tokens"))
    var context = 512

    @OptionGroup var computeOptions: ComputeOptions

    @Option(help: ArgumentHelp("The most tokens of one step.", valueName: "tokens"))
    var maxNumBatchedTokens = 512

    @Flag(help: "Prints one JSON object: {\"perplexity\": ..., \"tokens\": ..., \"windows\": ...}.")
    var json = false

    func validate() throws {
        guard context >= TextWindows.contextMin else {
            throw ValidationError("--context must be \(TextWindows.contextMin) or more, not \(context)")
        }
        guard (1...65_536).contains(maxNumBatchedTokens) else {
            throw ValidationError(
                "--max-num-batched-tokens must be 1 to 65536, not \(maxNumBatchedTokens)")
        }
    }

    func run() throws {
        let location = try ModelLocation(model)
        let checkpoint = try Checkpoint.open(location.path)
        guard context <= checkpoint.config.contextLength else {
            throw ValidationError(
                "--context is \(context), and the model takes \(checkpoint.config.contextLength) tokens")
        }
        let windows = try windows(Tokenizer.load(from: checkpoint))
        let limits = PerplexityRun.Limits(
            stepTokensMax: maxNumBatchedTokens, logitRowsMax: Self.logitRowsMax)
        let runtime = try ModelRuntime(
            checkpoint, name: location.name,
            sizes: ModelRuntime.Sizes(
                threads: computeOptions.threads, kvCacheType: computeOptions.kvCacheDtype.type,
                blockCount: PerplexityRun.blockCount(context: context), contextLength: context,
                stepTokensMax: limits.stepTokensMax, logitRowsMax: limits.logitRowsMax))
        var run = PerplexityRun(runtime.model, windows: windows, limits: limits)
        let start = ContinuousClock.now
        let progress = ProgressLine("Reading \(file)")
        for window in 0..<windows.count {
            run.score(window: window)
            progress.update(window + 1, of: windows.count)
        }
        progress.finish()
        report(run.perplexity, windows, location.name, runtime.threadCount, start.duration(to: .now))
    }

    /// The text's tokens as llama.cpp takes them: without the last line's end, and no special token read from text.
    private func windows(_ tokenizer: Tokenizer) throws -> TextWindows {
        var text = try TextFile.read(file)
        if text.utf8.last == UInt8(ascii: "\n") { text.unicodeScalars.removeLast() }
        let tokens = tokenizer.encode(text, addSpecialTokens: true, parseSpecialTokens: false)
        let first = tokenizer.encode("", addSpecialTokens: true).first
        let beginning = first == tokenizer.beginningOfSequence ? first : nil
        return try TextWindows(
            tokens: tokens.map(\.rawValue), context: context, beginning: beginning?.rawValue)
    }

    private func report(
        _ perplexity: Perplexity, _ windows: TextWindows, _ name: String, _ threads: Int, _ time: Duration
    ) {
        let terminal = Terminal.output
        let seconds = time / .seconds(1)
        if json {
            let value: JSONValue = [
                "model": .string(name), "file": .string(file), "context": .int(context),
                "windows": .int(windows.count), "tokens": .int(perplexity.tokenCount),
                "perplexity": .double(perplexity.value),
                "standard_error": .double(perplexity.standardError),
                "mean_negative_log_likelihood": .double(perplexity.meanNegativeLogLikelihood),
                "threads": .int(threads),
                "kv_cache_dtype": .string(computeOptions.kvCacheDtype.type.rawValue),
                "seconds": .double(seconds),
            ]
            terminal.line(value.serialized(.python))
            return
        }
        terminal.line(
            "perplexity \(Quantities.decimal(perplexity.value, digits: 4)) "
                + "± \(Quantities.decimal(perplexity.standardError, digits: 4))")
        terminal.line(
            terminal.styled(
                "\(Quantities.count(perplexity.tokenCount)) tokens scored in \(windows.count) windows of "
                    + "\(context), \(Quantities.decimal(seconds, digits: 1)) s", .dim))
    }
}
