/// Why a checkpoint's tokenizer cannot be used, and where its files say so.
package struct TokenizerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose fault it is: the file's, or a part that Needletail does not know.
    package enum Kind: String, Hashable, Sendable {
        /// The file contradicts itself or its format.
        case malformed
        /// The file is sound and asks for something that Needletail does not have.
        case unsupported
        /// The file asks for more than a named limit.
        case overLimit
    }

    /// The class of fault.
    package let kind: Kind
    /// The key, pattern or entry at fault.
    package let place: String
    /// What is wrong, with the limit and the value where there are any.
    package let reason: String

    /// One line for people.
    package var description: String { "tokenizer: \(place): \(reason)" }

    static func malformed(_ place: String, _ reason: String) -> TokenizerError {
        TokenizerError(kind: .malformed, place: place, reason: reason)
    }

    static func unsupported(_ place: String, _ reason: String) -> TokenizerError {
        TokenizerError(kind: .unsupported, place: place, reason: reason)
    }

    static func overLimit(_ place: String, _ what: String, limit: Int, value: Int) -> TokenizerError {
        TokenizerError(kind: .overLimit, place: place, reason: "\(what): \(value), and the limit is \(limit)")
    }
}

/// Limits on what a tokenizer's files may ask for.
enum TokenizerLimits {
    /// The most vocabulary entries, and the highest id plus one.
    static let vocabularyMax = 4_000_000
    /// The most merge rules.
    static let mergesMax = 16_000_000
    /// The longest vocabulary entry in bytes.
    static let pieceBytesMax = 1024
    /// The longest word that merges run over in one go, in bytes; a longer one is cut.
    static let wordBytesMax = 1 << 26
    /// The most instructions of a compiled pattern.
    static let patternInstructionsMax = 16_384
    /// The deepest nesting of groups in a pattern.
    static let patternDepthMax = 64
    /// The most steps of a pattern's matcher: this many, and as many for each byte of text.
    static let patternStepsPerByteMax = 128
}
