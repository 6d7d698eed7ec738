/// The most that one grammar may ask for, all in one place: hostile ones end in an error and cost little.
package struct GrammarLimits: Sendable, Hashable {
    /// Bytes of a pattern, or of a grammar in EBNF.
    package var sourceBytesMax = 256 << 10
    /// Depth of groups in a pattern or a grammar.
    package var groupDepthMax = 100
    /// How often a part may be repeated by a count.
    package var repetitionsMax = 1_000_000
    /// Expressions while a grammar is compiled.
    package var compiledExpressionsMax = 200_000
    /// Derivatives, counted by the cases that they are put together from, while a grammar is compiled.
    package var compiledCasesMax = 10_000_000
    /// The same for one mask; beyond it only tokens of one byte are looked at.
    package var maskCasesMax = 60_000
    /// Nodes of a grammar.
    package var nodesMax = 200_000
    /// Schemas in one document, references followed.
    package var schemasMax = 20_000
    /// Properties of the objects of one schema, references followed.
    package var membersMax = 100_000
    /// Ways in which the alternatives of one schema may be combined.
    package var combinationsMax = 1_024
    /// Ways in which the alternatives of all schemas are combined, and told apart.
    package var meaningsMax = 200_000
    /// Depth of references and alternatives within one schema.
    package var schemaDepthMax = 64
    /// Members of an enumeration.
    package var enumerationMax = 10_000
    /// How far down the output may nest.
    package var outputDepthMax = 256
    /// Ways in which an output so far may be read.
    package var threadsMax = 2_000
    /// Expressions, states and masks that matching may add before they are forgotten and made anew.
    package var statesMax = 30_000
    /// Bytes of masks that are kept.
    package var maskBytesMax = 8 << 20
    /// Grammars that are kept for the next request.
    package var cachedMax = 64

    /// The limits by default.
    package init() {}
}
