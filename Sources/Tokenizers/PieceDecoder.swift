import JSON

/// What a tokenizer.json's `decoder` makes of vocabulary entries, worked out once for each of them.
struct PieceDecoder {
    private enum Step {
        case replace([UInt8], with: [UInt8])
        case byteFallback
        /// Takes off the prefix of an entry that continues a word, and puts a space before any other one; with
        /// `cleansUp` the spaces that English does not have are left out.
        case wordPiece(prefix: [UInt8], cleansUp: Bool)
    }

    private var steps: [Step] = []
    /// How many spaces the start of the whole text loses.
    private var strippedSpaces = 0

    /// Reads the `decoder` member.
    init(member: JSONValue?) throws(TokenizerError) {
        for part in JSONComponent.flatten(member, "decoders") {
            switch part.type {
            case "ByteLevel", "Fuse": continue
            case "ByteFallback": steps.append(.byteFallback)
            case "Replace":
                guard case .literal(let pattern) = try part.delimiter() else {
                    throw .unsupported("decoder, Replace", "a pattern that is a regular expression")
                }
                steps.append(.replace(pattern, with: Array((part.value["content"]?.stringValue ?? "").utf8)))
            case "Metaspace":
                let replacement = part.value["replacement"]?.stringValue.map { Array($0.utf8) }
                steps.append(.replace(replacement ?? SentencePieceText.space, with: [0x20]))
                let legacy = part.value["add_prefix_space"]?.boolValue ?? true ? "always" : "never"
                if part.value["prepend_scheme"]?.stringValue ?? legacy != "never" { strippedSpaces = 1 }
            case "WordPiece":
                steps.append(
                    .wordPiece(
                        prefix: Array((part.value["prefix"]?.stringValue ?? "##").utf8),
                        cleansUp: part.value["cleanup"]?.boolValue ?? true))
                strippedSpaces = 1
            case "Strip":
                guard part.value["content"] == " ", part.value["stop"]?.intValue ?? 0 == 0,
                    let start = part.value["start"]?.intValue, (0...16).contains(start)
                else { throw .unsupported("decoder, Strip", "anything but at most 16 spaces at the start") }
                strippedSpaces = start
            default:
                throw part.unknown(
                    "decoder",
                    known:
                        "ByteLevel, ByteFallback, Fuse, Replace, Metaspace, WordPiece, Strip and Sequence")
            }
        }
    }

    /// Rewrites what the entries read as.
    func apply(to definition: inout TokenizerDefinition, isText: [Bool]) {
        definition.strippedSpaces = strippedSpaces
        guard !steps.isEmpty else { return }
        var outputs = PieceTable()
        outputs.reserve(count: definition.outputs.count, bytes: definition.outputs.bytes.count)
        for id in 0..<definition.outputs.count {
            outputs.append(isText[id] ? decode(Array(definition.outputs[id])) : Array(definition.outputs[id]))
        }
        definition.outputs = outputs
    }

    /// What stands in English without a space before it.
    private static let joined = Set(
        [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"].map { Array($0.utf8) })

    private func decode(_ entry: [UInt8]) -> [UInt8] {
        var piece = entry
        for step in steps {
            switch step {
            case .replace(let pattern, let content):
                piece = SentencePieceText.replacing(pattern, in: piece, with: content)
            case .wordPiece(let prefix, let cleansUp):
                if piece.starts(with: prefix) {
                    piece.removeFirst(prefix.count)
                } else if !(cleansUp && Self.joined.contains(piece)) {
                    piece.insert(0x20, at: 0)
                }
            case .byteFallback:
                if let byte = SentencePieceText.byte(spelledBy: piece) { return [byte] }
            }
        }
        return piece
    }
}
