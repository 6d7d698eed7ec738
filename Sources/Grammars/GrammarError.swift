/// Why output cannot be held to what a request asks for.
package enum GrammarError: Error, Sendable, Hashable {
    /// A schema asks for something that is not enforced; where, as a JSON pointer, what, and what is done.
    case unsupportedSchema(pointer: String, keyword: String, reason: String)
    /// A schema is malformed.
    case invalidSchema(pointer: String, reason: String)
    /// A pattern is malformed, or asks for more than a regular expression; `offset` counts characters.
    case invalidPattern(String, offset: Int, reason: String)
    /// A grammar in EBNF is malformed.
    case invalidGrammar(line: Int, reason: String)
    /// Nothing satisfies it.
    case matchesNothing(String)
    /// It passes a limit.
    case tooComplex(String)
}

extension GrammarError: CustomStringConvertible {
    /// One line for people: what is wrong, where, and what would be right.
    package var description: String {
        switch self {
        case .unsupportedSchema(let pointer, let keyword, let reason):
            "the schema's \(keyword) at \(Self.place(pointer)) cannot be enforced: \(reason)"
        case .invalidSchema(let pointer, let reason):
            "the schema is wrong at \(Self.place(pointer)): \(reason)"
        case .invalidPattern(let pattern, let offset, let reason):
            "the pattern \(Self.shortened(pattern)) is wrong at character \(offset + 1): \(reason)"
        case .invalidGrammar(let line, let reason): "the grammar is wrong at line \(line): \(reason)"
        case .matchesNothing(let what): "\(what) allows no output at all"
        case .tooComplex(let reason): "too complex: \(reason)"
        }
    }

    private static func place(_ pointer: String) -> String { pointer.isEmpty ? "#" : "#\(pointer)" }

    private static func shortened(_ text: String) -> String {
        let scalars = text.unicodeScalars
        return "`\(String(String.UnicodeScalarView(scalars.prefix(60))))\(scalars.count > 60 ? "…" : "")`"
    }
}
