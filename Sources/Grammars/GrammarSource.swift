package import JSON

/// What an output must look like, as a request says it or parts put together.
package indirect enum GrammarSource: Sendable, Hashable {
    /// Any JSON object.
    case jsonObject
    /// JSON that a schema (draft 2020-12) allows.
    case jsonSchema(JSONValue)
    /// A whole text that a regular expression matches.
    case regex(String)
    /// One of these texts.
    case choice([String])
    /// A grammar in EBNF or GBNF whose start is the rule `root`.
    case grammar(String)
    /// Exactly this text.
    case literal(String)
    /// Any text up to this one, and it: what a model thinks before its answer.
    case textThrough(String)
    /// Any text in which this regular expression matches nowhere; it may be empty.
    case textWithout(String)
    /// One after the other.
    case sequence([GrammarSource])
    /// Any one of them.
    case anyOf([GrammarSource])
    /// Several of a kind, with a separator between two.
    case repeated(GrammarSource, separator: String, counts: ClosedRange<Int>)
}
