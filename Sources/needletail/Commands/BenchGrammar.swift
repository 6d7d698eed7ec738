import ArgumentParser
import Grammars
import JSON
import ModelFiles
import OpenAIAPI
import OrderedCollections
import Tokenizers
import Tokens

/// `needletail bench grammar`: what holding output to schemas costs.
struct BenchGrammar: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grammar",
        abstract: "Measures how long schemas take to compile, and masks of tokens to find.",
        discussion: """
            SCHEMAS is a JSON array of {"name", "schema", "valid": [instances]}. Each instance is written out, cut into \
            the model's tokens and followed through the grammar: a mask and a step for each token, the first time \
            with nothing known (cold), then again (warm). Steps are the tokens that are not forced: what a model runs for \
            that writes just so; `otherwise` counts instances where a jump \
            is not what the tokenizer makes of the text.

            Example:
              needletail bench grammar qwen.gguf Tests/GrammarsTests/Golden/schemas.json
            """)

    @Argument(help: "A GGUF file or a Hugging Face folder; only its tokenizer is read.")
    var model: String

    @Argument(help: "A file of schemas with instances.")
    var schemas: String

    @Flag(help: "Prints a line for each schema too.")
    var each = false

    @Flag(help: "Prints a JSON object a line for each schema instead, all times in microseconds.")
    var json = false

    func run() throws {
        let tokenizer = try Tokenizer.load(from: Checkpoint.open(ModelLocation(model).path))
        let entries = try JSONValue(parsing: TextFile.read(schemas)).arrayValue ?? []
        let clock = ContinuousClock()
        let terminal = Terminal.output
        let start = clock.now
        let vocabulary = TokenVocabulary(tokenizer)
        if !json {
            terminal.line("\(vocabulary.count) tokens taken in within \(Self.shown(clock.now - start))")
        }
        var all = Times()
        var table = Table([("schema", .left)] + Times.columns)
        for entry in entries {
            guard let schema = entry["schema"] else { continue }
            var times = Times()
            let compileStart = clock.now
            let grammar: Grammar
            do {
                grammar = try Grammar(.jsonSchema(schema), vocabulary: vocabulary)
            } catch {
                let name = entry["name"] ?? .null
                terminal.line(
                    json
                        ? JSONValue.object(["name": name, "error": .string("\(error)")]).serialized()
                        : "\(name.stringValue ?? ""): \(error)")
                continue
            }
            times.compile = [clock.now - compileStart]
            let texts = (entry["valid"]?.arrayValue ?? []).map { $0.serialized(.python) }
            for text in texts { times.cold += Self.follow(text, grammar, tokenizer, clock) }
            for text in texts { times.warm += Self.follow(text, grammar, tokenizer, clock) }
            for text in texts { times.jump(text, grammar, tokenizer) }
            if json { terminal.line(times.json(name: entry["name"] ?? .null).serialized()) }
            table.append([entry["name"]?.stringValue ?? ""] + times.cells)
            all.compile += times.compile
            all.cold += times.cold
            all.warm += times.warm
            all.steps += times.steps
            all.otherwise += times.otherwise
        }
        if json { return }
        if each { table.lines(for: terminal).forEach { terminal.line($0) } }
        var summary = Table([("", .left)] + Times.columns)
        summary.append(["all"] + all.cells)
        summary.lines(for: terminal).forEach { terminal.line($0) }
    }

    /// The time of each mask and step on the way through a text.
    private static func follow(
        _ text: String, _ grammar: Grammar, _ tokenizer: Tokenizer, _ clock: ContinuousClock
    ) -> [Duration] {
        var words = [UInt64](repeating: 0, count: grammar.vocabulary.wordCount)
        var matcher = GrammarMatcher(grammar)
        var times: [Duration] = []
        let endings = [tokenizer.endOfSequence].compactMap(\.self)
        for token in tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false) {
            let start = clock.now
            words.withUnsafeMutableBufferPointer { _ = matcher.fill($0, endings: endings) }
            let isAccepted = matcher.accept(token)
            // What the engine asks after each token.
            var ahead = matcher
            _ = ahead.jump(from: token, countMax: .max - 1, endings: endings)
            times.append(clock.now - start)
            if !isAccepted { break }
        }
        return times
    }

    fileprivate static func microseconds(_ duration: Duration) -> Double {
        Double(duration.components.attoseconds) / 1e12 + Double(duration.components.seconds) * 1e6
    }

    fileprivate static func shown(_ duration: Duration) -> String {
        let microseconds = microseconds(duration)
        return microseconds < 1000
            ? "\(Int(microseconds.rounded())) µs" : "\((microseconds / 100).rounded() / 10) ms"
    }
}

/// What was measured of one schema, or of all.
private struct Times {
    var compile: [Duration] = []
    var cold: [Duration] = []
    var warm: [Duration] = []
    var steps = 0
    var otherwise = 0

    static let columns: [(String, Table.Alignment)] = [
        ("compile p50", .right), ("p99", .right), ("mask cold p50", .right), ("p99", .right),
        ("most", .right),
        ("warm p50", .right), ("p99", .right), ("tokens", .right), ("steps", .right), ("otherwise", .right),
    ]

    var cells: [String] {
        [
            percentile(compile, 50), percentile(compile, 99), percentile(cold, 50), percentile(cold, 99),
            percentile(cold, 100), percentile(warm, 50), percentile(warm, 99), "\(cold.count)", "\(steps)",
            "\(otherwise)",
        ]
    }

    /// Writes a text as a model would that wants just that, and counts its steps.
    mutating func jump(_ text: String, _ grammar: Grammar, _ tokenizer: Tokenizer) {
        var matcher = GrammarMatcher(grammar)
        var rest = tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)[...]
        while let token = rest.popFirst(), matcher.accept(token) {
            steps += 1
            let jump = matcher.jump(from: token, countMax: .max - 1, endings: [])
            guard !jump.replacesLast, rest.starts(with: jump.tokens) else {
                otherwise += 1
                break
            }
            rest.removeFirst(jump.tokens.count)
        }
    }

    func json(name: JSONValue) -> JSONValue {
        let list = { (durations: [Duration]) in
            JSONValue.array(durations.map { .double(BenchGrammar.microseconds($0)) })
        }
        return [
            "name": name, "compile_us": list(compile)[0] ?? .null, "cold_us": list(cold),
            "warm_us": list(warm),
        ]
    }

    private func percentile(_ durations: [Duration], _ percent: Int) -> String {
        guard !durations.isEmpty else { return "" }
        let sorted = durations.sorted()
        return BenchGrammar.shown(sorted[min(sorted.count - 1, sorted.count * percent / 100)])
    }
}
