import ModelFiles
import Tokens

/// Reads a tokenizer from GGUF metadata (ggml-org/ggml, docs/gguf.md, "Tokenizer").
struct GGUFTokenizer {
    /// What `tokenizer.ggml.token_type` says of an entry.
    private enum EntryType: Int {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    private let metadata: GGUFMetadata
    private var entries = PieceTable()
    private var types: [EntryType] = []

    init(_ metadata: GGUFMetadata) throws(TokenizerError) {
        self.metadata = metadata
        try readEntries()
    }

    /// Builds the tokenizer that `tokenizer.ggml.model` names.
    func definition() throws(TokenizerError) -> TokenizerDefinition {
        guard let model = metadata["tokenizer.ggml.model"]?.stringValue else {
            throw .malformed("tokenizer.ggml.model", "the key is missing, so the file holds no tokenizer")
        }
        switch model {
        case "gpt2": return try byteLevel()
        case "llama": return try sentencePiece()
        default:
            throw .unsupported("tokenizer.ggml.model", "\(model) is not known; known are gpt2 and llama")
        }
    }

    private mutating func readEntries() throws(TokenizerError) {
        guard let tokens = metadata["tokenizer.ggml.tokens"]?.arrayValue, tokens.elementType == .string else {
            throw .malformed("tokenizer.ggml.tokens", "a list of strings should stand here")
        }
        let limit = TokenizerLimits.vocabularyMax
        guard tokens.count <= limit else {
            throw .overLimit("tokenizer.ggml.tokens", "entries", limit: limit, value: tokens.count)
        }
        var pieces = PieceTable()
        pieces.reserve(count: tokens.count, bytes: tokens.range.count)
        try tokens.forEachString { (index, utf8) throws(TokenizerError) in
            guard utf8.count <= TokenizerLimits.pieceBytesMax else {
                throw .overLimit(
                    "tokenizer.ggml.tokens, entry \(index)", "bytes", limit: TokenizerLimits.pieceBytesMax,
                    value: utf8.count)
            }
            pieces.append(utf8)
        }
        entries = pieces
        let numbers = metadata["tokenizer.ggml.token_type"]?.arrayValue?.integers ?? []
        guard numbers.isEmpty || numbers.count == pieces.count else {
            throw .malformed(
                "tokenizer.ggml.token_type", "\(numbers.count) types, but there are \(pieces.count) tokens")
        }
        types = numbers.map { EntryType(rawValue: $0) ?? .normal }
        if types.isEmpty { types = Array(repeating: .normal, count: pieces.count) }
    }

    private func byteLevel() throws(TokenizerError) -> TokenizerDefinition {
        let preparation = try KnownPreTokenizer(name: metadata["tokenizer.ggml.pre"]?.stringValue ?? "(none)")
        var outputs = PieceTable()
        outputs.reserve(count: entries.count, bytes: entries.bytes.count)
        var isText = [Bool](repeating: false, count: entries.count)
        var buffer: [UInt8] = []
        for index in 0..<entries.count {
            buffer.removeAll(keepingCapacity: true)
            isText[index] = types[index] == .normal && ByteAlphabet.decode(entries[index], into: &buffer)
            if isText[index] { outputs.append(buffer) } else { outputs.append(entries[index]) }
        }
        let vocabulary = Vocabulary(outputs) { isText[$0] }
        guard let list = metadata["tokenizer.ggml.merges"]?.arrayValue else {
            throw .malformed("tokenizer.ggml.merges", "a list of strings should stand here")
        }
        var merges = MergeRules(vocabulary, isByteLevel: true)
        try list.forEachString { (_, utf8) throws(TokenizerError) in try merges.append(utf8) }
        let model = BytePairModel(
            vocabulary: vocabulary, merges: MergeTable(merges.rules), symbols: .bytes(vocabulary.byteTokens),
            ignoresMerges: preparation.ignoresMerges, unknown: nil, fusesUnknown: false)
        var definition = TokenizerDefinition(model: .bytePair(model), outputs: outputs)
        definition.normalizer = preparation.normalizer
        definition.preTokenizer = PreTokenizer(stages: preparation.stages)
        try addSpecials(to: &definition, addsBeginning: preparation.addsBeginning)
        return definition
    }

    private func sentencePiece() throws(TokenizerError) -> TokenizerDefinition {
        let scores = metadata["tokenizer.ggml.scores"]?.arrayValue?.floats ?? []
        guard scores.count == entries.count, !scores.contains(where: \.isNaN) else {
            throw .malformed(
                "tokenizer.ggml.scores", "\(scores.count) numbers, but there are \(entries.count) tokens")
        }
        var fallback = [Int32](repeating: -1, count: 256)
        var outputs = PieceTable()
        outputs.reserve(count: entries.count, bytes: entries.bytes.count)
        for index in 0..<entries.count {
            if let byte = SentencePieceText.byte(spelledBy: entries[index]), types[index] == .byte {
                fallback[Int(byte)] = Int32(index)
                outputs.append([byte])
            } else if types[index] == .normal {
                outputs.append(SentencePieceText.plain(entries[index]))
            } else {
                outputs.append(entries[index])
            }
        }
        let isText = { types[$0] == EntryType.normal }
        let vocabulary = Vocabulary(entries, isIncluded: isText)
        let rules = try MergeRules.rules(byScores: scores, vocabulary, isIncluded: isText)
        let unknown =
            try token("tokenizer.ggml.unknown_token_id") ?? types.firstIndex(of: .unknown).map(TokenID.init)
        let model = BytePairModel(
            vocabulary: vocabulary, merges: MergeTable(rules),
            symbols: .scalars(fallback: fallback.contains(-1) ? nil : fallback), ignoresMerges: false,
            unknown: unknown?.rawValue, fusesUnknown: true)
        var definition = TokenizerDefinition(model: .bytePair(model), outputs: outputs)
        var steps: [Normalizer.Step] = [.replace(.literal([0x20]), with: SentencePieceText.space)]
        if metadata["tokenizer.ggml.add_space_prefix"]?.boolValue ?? true {
            steps.insert(.prepend(SentencePieceText.space), at: 0)
            definition.strippedSpaces = 1
        }
        definition.normalizer = Normalizer(steps: steps)
        try addSpecials(to: &definition, addsBeginning: true)
        return definition
    }

    private func addSpecials(
        to definition: inout TokenizerDefinition, addsBeginning: Bool
    ) throws(TokenizerError) {
        for index in 0..<entries.count {
            switch types[index] {
            case .control, .userDefined:
                definition.addedTokens.append(
                    AddedToken(
                        id: Int32(index), content: Array(entries[index]), isSpecial: types[index] == .control)
                )
            case .unknown: definition.controlTokens.insert(Int32(index))
            case .normal, .unused, .byte: break
            }
        }
        definition.beginningOfSequence = try token("tokenizer.ggml.bos_token_id")
        definition.endOfSequence = try token("tokenizer.ggml.eos_token_id")
        if metadata["tokenizer.ggml.add_bos_token"]?.boolValue ?? addsBeginning,
            let token = definition.beginningOfSequence
        {
            definition.prefix = [token]
        }
        if metadata["tokenizer.ggml.add_eos_token"]?.boolValue ?? false, let token = definition.endOfSequence
        {
            definition.suffix = [token]
        }
    }

    private func token(_ key: String) throws(TokenizerError) -> TokenID? {
        guard let id = metadata[key]?.intValue else { return nil }
        guard id >= 0, id < entries.count else {
            throw .malformed(key, "token \(id) is outside the vocabulary of \(entries.count)")
        }
        return TokenID(id)
    }
}
