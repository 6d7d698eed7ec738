import JSON
import Tokens

extension TokenizerFile {
    /// The tokenizer that the file describes.
    ///
    /// - Parameter config: the tokenizer_config.json beside it, which names BOS and EOS.
    /// - Throws: ``TokenizerError`` where the file contradicts itself or asks for something that is not supported.
    func definition(config: JSONValue?) throws(TokenizerError) -> TokenizerDefinition {
        let added = try addedTokens()
        let isByteLevel =
            Self.uses("ByteLevel", members["pre_tokenizer"]) || Self.uses("ByteLevel", members["decoder"])
        let (pieces, isText) = try piecesByID(added, isByteLevel: isByteLevel)
        let vocabulary = Vocabulary(pieces) { isText[$0] }
        var definition = TokenizerDefinition(
            model: try tokenModel(vocabulary, isByteLevel: isByteLevel), outputs: pieces)
        definition.addedTokens = added
        definition.normalizer = try Normalizer(member: members["normalizer"])
        definition.preTokenizer = try PreTokenizer(member: members["pre_tokenizer"])
        try PieceDecoder(member: members["decoder"]).apply(to: &definition, isText: isText)
        try frame(&definition)
        let named = { (name: String) -> TokenID? in
            let content = config?[name]?["content"]?.stringValue ?? config?[name]?.stringValue
            guard let content else { return nil }
            let token = added.first { $0.content.elementsEqual(content.utf8) }?.id
            return (token ?? vocabulary.id(of: content.utf8)).map(TokenID.init(rawValue:))
        }
        definition.beginningOfSequence = named("bos_token")
        definition.endOfSequence = named("eos_token")
        return definition
    }

    /// Whether a component is of that type, or a sequence that holds one of it.
    private static func uses(_ type: String, _ member: JSONValue?) -> Bool {
        if member?["type"]?.stringValue == type { return true }
        let parts = member?["pretokenizers"] ?? member?["decoders"]
        return parts?.arrayValue?.contains { $0["type"]?.stringValue == type } ?? false
    }

    private func addedTokens() throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        for (index, entry) in (members["added_tokens"]?.arrayValue ?? []).enumerated() {
            let place = "added_tokens, entry \(index)"
            guard let id = entry["id"]?.intValue, let content = entry["content"]?.stringValue else {
                throw .malformed(place, "an id and a content should stand here")
            }
            guard (0..<TokenizerLimits.vocabularyMax).contains(id) else {
                throw .overLimit(place, "id", limit: TokenizerLimits.vocabularyMax - 1, value: id)
            }
            guard content.utf8.count <= TokenizerLimits.pieceBytesMax else {
                throw .overLimit(
                    place, "bytes", limit: TokenizerLimits.pieceBytesMax, value: content.utf8.count)
            }
            tokens.append(
                AddedToken(
                    id: Int32(id), content: Array(content.utf8),
                    isSpecial: entry["special"]?.boolValue ?? false,
                    stripsLeft: entry["lstrip"]?.boolValue ?? false,
                    stripsRight: entry["rstrip"]?.boolValue ?? false,
                    isSingleWord: entry["single_word"]?.boolValue ?? false,
                    isNormalized: entry["normalized"]?.boolValue ?? false))
        }
        return tokens
    }

    /// The entries by id, byte-level ones as the bytes that they spell, and which of them merges may meet.
    private func piecesByID(
        _ added: [AddedToken], isByteLevel: Bool
    ) throws(TokenizerError) -> (PieceTable, [Bool]) {
        let count = max(ids.max() ?? -1, added.map { Int($0.id) }.max() ?? -1) + 1
        var entryOfID = [Int32](repeating: -1, count: count)
        for (entry, id) in ids.enumerated() { entryOfID[id] = Int32(entry) }
        var addedOfID: [Int: [UInt8]] = [:]
        for token in added { addedOfID[Int(token.id)] = token.content }
        var pieces = PieceTable()
        pieces.reserve(count: count, bytes: entries.bytes.count)
        var isText = [Bool](repeating: false, count: count)
        var buffer: [UInt8] = []
        for id in 0..<count {
            guard entryOfID[id] >= 0 else {
                pieces.append(addedOfID[id] ?? [])
                continue
            }
            let entry = entries[Int(entryOfID[id])]
            guard entry.count <= TokenizerLimits.pieceBytesMax else {
                throw .overLimit(
                    "vocab, id \(id)", "bytes", limit: TokenizerLimits.pieceBytesMax, value: entry.count)
            }
            buffer.removeAll(keepingCapacity: true)
            isText[id] = !isByteLevel || ByteAlphabet.decode(entry, into: &buffer)
            if let content = addedOfID[id] {
                pieces.append(content)
                isText[id] = isText[id] && (isByteLevel ? buffer : Array(entry)) == content
            } else if isByteLevel, isText[id] {
                pieces.append(buffer)
            } else {
                pieces.append(entry)
            }
        }
        return (pieces, isText)
    }

    private func tokenModel(
        _ vocabulary: Vocabulary, isByteLevel: Bool
    ) throws(TokenizerError) -> TokenModel {
        switch model["type"]?.stringValue ?? (scores.isEmpty ? "BPE" : "Unigram") {
        case "BPE": return .bytePair(try bytePairModel(vocabulary, isByteLevel: isByteLevel))
        case "WordPiece": return .wordPiece(try wordPieceModel(vocabulary))
        case "Unigram": return .unigram(try unigramModel(vocabulary))
        case let type:
            throw .unsupported("model.type", "\(type) is not known; known are BPE, WordPiece and Unigram")
        }
    }

    private func wordPieceModel(_ vocabulary: Vocabulary) throws(TokenizerError) -> WordPieceModel {
        let name = model["unk_token"]?.stringValue ?? "[UNK]"
        guard let unknown = vocabulary.id(of: name.utf8) else {
            throw .malformed("model.unk_token", "\(name) is no entry of the vocabulary")
        }
        let pieces = vocabulary.pieces
        return WordPieceModel(
            vocabulary: vocabulary,
            continuation: Array((model["continuing_subword_prefix"]?.stringValue ?? "##").utf8),
            unknown: unknown, wordScalarsMax: max(0, model["max_input_chars_per_word"]?.intValue ?? 100),
            pieceBytesMax: (0..<pieces.count).reduce(1) { max($0, pieces.range(of: $1).count) })
    }

    private func unigramModel(_ vocabulary: Vocabulary) throws(TokenizerError) -> UnigramModel {
        guard scores.count == ids.count else {
            throw .malformed("model.vocab", "a list of entries and scores should stand here")
        }
        var unknown: Int32?
        if let id = model["unk_id"], !id.isNull {
            guard let id = id.intValue, scores.indices.contains(id) else {
                throw .malformed("model.unk_id", "\(id.serialized()) is no entry of the vocabulary")
            }
            unknown = Int32(id)
        }
        let spellsBytes = model["byte_fallback"]?.boolValue ?? false
        // Tokens that were added later have no score, and no text is made of them.
        let unscored = [Double](repeating: -.infinity, count: vocabulary.pieces.count - scores.count)
        return UnigramModel(
            vocabulary: vocabulary, scores: scores + unscored, leastScore: scores.min() ?? 0,
            unknown: unknown, byteTokens: spellsBytes ? byteFallback(vocabulary) : nil)
    }

    /// The tokens that spell single bytes; -1 where there is none.
    private func byteFallback(_ vocabulary: Vocabulary) -> [Int32] {
        var fallback = [Int32](repeating: -1, count: 256)
        for id in 0..<vocabulary.pieces.count {
            if let byte = SentencePieceText.byte(spelledBy: vocabulary.pieces[id]) {
                fallback[Int(byte)] = Int32(id)
            }
        }
        return fallback
    }

    private func bytePairModel(
        _ vocabulary: Vocabulary, isByteLevel: Bool
    ) throws(TokenizerError) -> BytePairModel {
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard model[name]?.stringValue ?? "" == "" else {
                throw .unsupported("model.\(name)", "vocabularies that mark the ends of words")
            }
        }
        guard model["dropout"]?.doubleValue ?? 0 == 0 else {
            throw .unsupported("model.dropout", "only 0 or null is known: serving needs one answer per text")
        }
        var merges = MergeRules(vocabulary, isByteLevel: isByteLevel)
        for index in stride(from: 0, to: mergeParts.count, by: 2) {
            try merges.append(left: mergeParts[index], right: mergeParts[index + 1])
        }
        let spellsBytes = model["byte_fallback"]?.boolValue ?? false
        let fallback = spellsBytes ? byteFallback(vocabulary) : [Int32](repeating: -1, count: 256)
        return BytePairModel(
            vocabulary: vocabulary, merges: MergeTable(merges.rules),
            symbols: isByteLevel ? .bytes(vocabulary.byteTokens) : .scalars(fallback: fallback),
            ignoresMerges: model["ignore_merges"]?.boolValue ?? false,
            unknown: model["unk_token"]?.stringValue.flatMap { vocabulary.id(of: $0.utf8) },
            fusesUnknown: model["fuse_unk"]?.boolValue ?? false)
    }
}
