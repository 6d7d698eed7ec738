package import Tokens

/// Turns tokens into text as they come, and holds back the bytes of a character until it is whole.
///
/// What it returns, joined, is what ``Tokenizer/decode(_:skipSpecialTokens:)`` makes of the same tokens.
package struct StreamingDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private let kept: Set<TokenID>
    private var spaces: Int
    /// The start of a character, at most three bytes between calls.
    private var held: [UInt8] = []

    /// Starts a text.
    ///
    /// - Parameter kept: special tokens that leave text even where the others do not.
    package init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool, keeping kept: Set<TokenID> = []) {
        self.tokenizer = tokenizer
        self.kept = kept
        self.skipsSpecialTokens = skipSpecialTokens
        self.spaces = tokenizer.strippedSpaces
    }

    /// The text that the token completes; empty where it ends within a character.
    package mutating func append(_ token: TokenID) -> String {
        if skipsSpecialTokens, tokenizer.isSpecial(token), !kept.contains(token) { return "" }
        tokenizer.appendPiece(of: token, to: &held, strippingSpaces: &spaces)
        let whole = held.count - Self.incompleteTail(of: held)
        let text = String(decoding: held[..<whole], as: UTF8.self)
        held.removeFirst(whole)
        return text
    }

    /// What is left: U+FFFD for a character that never became whole.
    package mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// How many bytes at the end could still become a character (RFC 3629, section 4).
    private static func incompleteTail(of bytes: [UInt8]) -> Int {
        for length in 1...3 where length <= bytes.count {
            let tail = bytes[(bytes.count - length)...]
            guard let lead = tail.first, lead >= 0x80 else { return 0 }
            if lead < 0xC0 { continue }
            let needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            guard (0xC2...0xF4).contains(lead), length < needed else { return 0 }
            guard let second = tail.dropFirst().first else { return length }
            let seconds: ClosedRange<UInt8> =
                switch lead {
                case 0xE0: 0xA0...0xBF
                case 0xED: 0x80...0x9F
                case 0xF0: 0x90...0xBF
                case 0xF4: 0x80...0x8F
                default: 0x80...0xBF
                }
            return seconds.contains(second) ? length : 0
        }
        return 0
    }
}
