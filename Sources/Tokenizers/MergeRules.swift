/// Collects a vocabulary's merge rules from the lists that files hold.
struct MergeRules {
    private let vocabulary: Vocabulary
    private let isByteLevel: Bool
    private(set) var rules: [MergeTable.Merge] = []
    private var buffer: [UInt8] = []

    /// Starts a list; in a byte-level one the rules are spelt in GPT-2's alphabet.
    init(_ vocabulary: Vocabulary, isByteLevel: Bool) {
        self.vocabulary = vocabulary
        self.isByteLevel = isByteLevel
    }

    /// Adds the next rule, `left right`.
    mutating func append(_ rule: some RandomAccessCollection<UInt8>) throws(TokenizerError) {
        // The first byte may be the space of a left part; the one after it separates.
        guard let space = rule.dropFirst().firstIndex(of: 0x20) else {
            throw .malformed(
                "merge \(rules.count)", "\(Self.quoted(rule)) should be two parts with a space between")
        }
        try append(left: rule[..<space], right: rule[rule.index(after: space)...])
    }

    /// Adds the next rule.
    mutating func append(
        left: some Collection<UInt8>, right: some Collection<UInt8>
    ) throws(TokenizerError) {
        guard rules.count < TokenizerLimits.mergesMax else {
            throw .overLimit("merges", "rules", limit: TokenizerLimits.mergesMax, value: rules.count + 1)
        }
        buffer.removeAll(keepingCapacity: true)
        spell(left)
        let middle = buffer.count
        spell(right)
        guard let leftID = vocabulary.id(of: buffer, 0..<middle),
            let rightID = vocabulary.id(of: buffer, middle..<buffer.count),
            let id = vocabulary.id(of: buffer, 0..<buffer.count)
        else {
            throw .malformed(
                "merge \(rules.count)",
                "\(Self.quoted(left)) and \(Self.quoted(right)), or both together, are not in the vocabulary")
        }
        rules.append(MergeTable.Merge(left: leftID, right: rightID, rank: UInt32(rules.count), id: id))
    }

    private mutating func spell(_ part: some Collection<UInt8>) {
        if !isByteLevel || !ByteAlphabet.decode(part, into: &buffer) { buffer.append(contentsOf: part) }
    }

    private static func quoted(_ text: some Collection<UInt8>) -> String {
        "\"\(String(decoding: text.prefix(80), as: UTF8.self))\""
    }

    /// The rules that scores imply: any two entries join where the whole is an entry, the highest score first
    /// (SentencePiece's byte pair encoding).
    static func rules(
        byScores scores: [Float], _ vocabulary: Vocabulary, isIncluded: (Int) -> Bool
    ) throws(TokenizerError) -> [MergeTable.Merge] {
        let order = scores.indices.sorted { scores[$0] > scores[$1] }
        var ranks = [UInt32](repeating: 0, count: scores.count)
        for position in order.indices.dropFirst() {
            let isLower = scores[order[position]] < scores[order[position - 1]]
            ranks[order[position]] = ranks[order[position - 1]] + (isLower ? 1 : 0)
        }
        var rules: [MergeTable.Merge] = []
        let bytes = vocabulary.pieces.bytes
        for index in scores.indices where isIncluded(index) {
            let piece = vocabulary.pieces.range(of: index)
            guard !piece.isEmpty else { continue }
            var cut = piece.lowerBound + bytes.scalar(at: piece.lowerBound, to: piece.upperBound).length
            while cut < piece.upperBound {
                if let left = vocabulary.id(of: bytes, piece.lowerBound..<cut),
                    let right = vocabulary.id(of: bytes, cut..<piece.upperBound)
                {
                    rules.append(
                        MergeTable.Merge(left: left, right: right, rank: ranks[index], id: Int32(index)))
                }
                cut += bytes.scalar(at: cut, to: piece.upperBound).length
            }
            guard rules.count <= TokenizerLimits.mergesMax else {
                throw .overLimit("merges", "rules", limit: TokenizerLimits.mergesMax, value: rules.count)
            }
        }
        return rules
    }
}
