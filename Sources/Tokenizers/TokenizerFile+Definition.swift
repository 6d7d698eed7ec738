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
            model: try bytePairModel(vocabulary, isByteLevel: isByteLevel), outputs: pieces)
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

    private func bytePairModel(
        _ vocabulary: Vocabulary, isByteLevel: Bool
    ) throws(TokenizerError) -> BytePairModel {
        let type = model["type"]?.stringValue ?? "BPE"
        guard type == "BPE" else { throw .unsupported("model.type", "\(type) is not known; known is BPE") }
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
        var fallback = [Int32](repeating: -1, count: 256)
        if model["byte_fallback"]?.boolValue ?? false {
            for id in 0..<vocabulary.pieces.count {
                if let byte = SentencePieceText.byte(spelledBy: vocabulary.pieces[id]) {
                    fallback[Int(byte)] = Int32(id)
                }
            }
        }
        return BytePairModel(
            vocabulary: vocabulary, merges: MergeTable(merges.rules),
            symbols: isByteLevel ? .bytes(vocabulary.byteTokens) : .scalars(fallback: fallback),
            ignoresMerges: model["ignore_merges"]?.boolValue ?? false,
            unknown: model["unk_token"]?.stringValue.flatMap { vocabulary.id(of: $0.utf8) },
            fusesUnknown: model["fuse_unk"]?.boolValue ?? false)
    }

    /// Finds what a post-processor puts before and after a single text.
    private func frame(_ definition: inout TokenizerDefinition) throws(TokenizerError) {
        guard let processor = members["post_processor"], !processor.isNull else { return }
        let parts = processor["type"] == "Sequence" ? processor["processors"]?.arrayValue ?? [] : [processor]
        for part in parts {
            switch part["type"]?.stringValue {
            case "ByteLevel": continue
            case "TemplateProcessing":
                var afterText = false
                for item in part["single"]?.arrayValue ?? [] {
                    if item["Sequence"] != nil { afterText = true }
                    guard let name = item["SpecialToken"]?["id"]?.stringValue else { continue }
                    for id in part["special_tokens"]?[name]?["ids"]?.arrayValue ?? [] {
                        guard let id = id.intValue, (0..<definition.outputs.count).contains(id) else {
                            throw .malformed("post_processor", "\(name) has an id outside the vocabulary")
                        }
                        if afterText {
                            definition.suffix.append(TokenID(id))
                        } else {
                            definition.prefix.append(TokenID(id))
                        }
                    }
                }
            case let type:
                throw .unsupported(
                    "post_processor",
                    "\(type ?? "(none)") is not known; known are ByteLevel and TemplateProcessing")
            }
        }
    }
}
