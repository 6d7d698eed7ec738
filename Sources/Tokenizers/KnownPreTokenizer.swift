/// How text is prepared for a byte-level vocabulary, by the name that GGUF files give it in
/// `tokenizer.ggml.pre`.
///
/// Each follows the tokenizer.json of the models that the name stands for.
struct KnownPreTokenizer {
    var normalizer = Normalizer(steps: [])
    var stages: [PreTokenizer.Stage]
    var ignoresMerges = false
    var addsBeginning = false

    /// The names that ``init(name:)`` knows.
    static let names = [
        "codeshell", "command-r", "dbrx", "deepseek-coder", "deepseek-r1-qwen", "deepseek-v3", "falcon3",
        "gpt-2",
        "gpt-4o", "lfm2", "llama-bpe", "llama-v3", "llama3", "llama4", "mellum", "phi-2", "qwen2", "qwen35",
        "refact",
        "smaug-bpe", "smollm", "starcoder", "tekken",
    ]

    /// Finds a preparation by name.
    ///
    /// - Throws: ``TokenizerError`` that lists the known names: a wrong guess would change every answer.
    init(name: String) throws(TokenizerError) {
        switch name {
        case "gpt-2", "phi-2", "mellum": stages = [.words(.gpt2)]
        case "smollm", "starcoder", "refact", "codeshell": stages = [Self.singleDigits, .words(.gpt2)]
        case "command-r":
            normalizer = Normalizer(steps: [.nfc])
            stages = [Self.singleDigits, .words(.gpt2)]
        case "qwen2", "deepseek-r1-qwen":
            normalizer = Normalizer(steps: [.nfc])
            stages = [.words(.llama(digitsMax: 1))]
        case "qwen35":
            normalizer = Normalizer(steps: [.nfc])
            stages = try Self.isolate(
                #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"#
                    + #"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#)
        case "llama3", "llama-v3", "llama-bpe", "falcon3", "lfm2":
            stages = [.words(.llama(digitsMax: 3))]
            (ignoresMerges, addsBeginning) = (true, true)
        case "dbrx", "smaug-bpe": stages = [.words(.llama(digitsMax: 3))]
        case "deepseek-coder":
            stages = try Self.isolate(#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, "[一-龥ࠀ-一가-퟿]+", #"\p{N}"#)
        case "deepseek-v3":
            stages = try Self.isolate(
                #"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+",
                ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
                    + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#)
        case "gpt-4o", "llama4":
            stages = try Self.isolate(
                Self.casedWords(suffix: "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", digits: #"\p{N}{1,3}"#))
        case "tekken":
            stages = try Self.isolate(Self.casedWords(suffix: "", digits: #"\p{N}"#))
            ignoresMerges = true
        default:
            throw .unsupported(
                "tokenizer.ggml.pre",
                "\(name) is not known; known are \(Self.names.joined(separator: ", ")). "
                    + "Convert the model again, or serve it from its Hugging Face folder")
        }
    }

    private static var singleDigits: PreTokenizer.Stage {
        .split(.scalar(ScalarSet([.categories(0b111 << 8)])), .isolated)
    }

    private static func isolate(_ expressions: String...) throws(TokenizerError) -> [PreTokenizer.Stage] {
        var stages: [PreTokenizer.Stage] = []
        for expression in expressions { stages.append(.split(.pattern(try Pattern(expression)), .isolated)) }
        return stages
    }

    /// Words that end where lower case turns to upper case.
    private static func casedWords(suffix: String, digits: String) -> String {
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
        let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        return #"[^\r\n\p{L}\p{N}]?"# + upper + "*" + lower + "+" + suffix
            + #"|[^\r\n\p{L}\p{N}]?"# + upper + "+" + lower + "*" + suffix
            + "|" + digits + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
}
