/// How SentencePiece writes what its vocabulary cannot hold plainly (Kudo and Richardson, 2018).
enum SentencePieceText {
    /// U+2581, which stands for a space.
    static let space: [UInt8] = [0xE2, 0x96, 0x81]

    /// The piece with spaces for U+2581.
    static func plain(_ piece: ArraySlice<UInt8>) -> [UInt8] { replacing(space, in: piece, with: [0x20]) }

    /// The piece with every occurrence of `pattern` replaced.
    static func replacing(
        _ pattern: [UInt8], in piece: some Collection<UInt8>, with replacement: [UInt8]
    ) -> [UInt8] {
        var output: [UInt8] = []
        var rest = piece[...]
        while let first = rest.first {
            if !pattern.isEmpty, rest.starts(with: pattern) {
                output.append(contentsOf: replacement)
                rest = rest.dropFirst(pattern.count)
            } else {
                output.append(first)
                rest = rest.dropFirst()
            }
        }
        return output
    }

    /// The byte that a token such as `<0x0A>` stands for.
    static func byte(spelledBy piece: some Collection<UInt8>) -> UInt8? {
        guard piece.count == 6, piece.starts(with: "<0x".utf8), piece.dropFirst(5).first == UInt8(ascii: ">")
        else { return nil }
        return UInt8(String(decoding: piece.dropFirst(3).prefix(2), as: UTF8.self), radix: 16)
    }
}

extension Vocabulary {
    /// The token of each single byte; -1 where the vocabulary has none.
    var byteTokens: [Int32] { (0...255).map { id(of: CollectionOfOne(UInt8($0))) ?? -1 } }
}
