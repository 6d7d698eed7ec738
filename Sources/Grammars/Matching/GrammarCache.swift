import Synchronization

/// The grammars of one model: compiled once, and kept while they are among those used last.
package final class GrammarCache: Sendable {
    private struct State {
        var vocabulary: TokenVocabulary?
        /// By what they were compiled from, with the moment of their last use.
        var grammars: [GrammarSource: (grammar: Grammar, used: Int)] = [:]
        var clock = 0
    }

    private let limits: GrammarLimits
    private let makeVocabulary: @Sendable () -> TokenVocabulary
    private let state = Mutex(State())

    /// Makes a cache; the vocabulary is taken in when the first grammar needs it.
    package init(
        limits: GrammarLimits = GrammarLimits(), vocabulary: @escaping @Sendable () -> TokenVocabulary
    ) {
        self.limits = limits
        makeVocabulary = vocabulary
    }

    /// The grammar of a source: a new one, or the one of before.
    ///
    /// - Throws: ``GrammarError`` where it does not compile.
    package func grammar(for source: GrammarSource) throws(GrammarError) -> Grammar {
        let (known, vocabulary) = state.withLock { state in
            state.clock += 1
            state.grammars[source]?.used = state.clock
            // Others wait meanwhile, rather than do the same work.
            let vocabulary = state.vocabulary ?? makeVocabulary()
            state.vocabulary = vocabulary
            return (state.grammars[source]?.grammar, vocabulary)
        }
        if let known { return known }
        let grammar = try Grammar(source, vocabulary: vocabulary, limits: limits)
        state.withLock { state in
            state.grammars[source] = (grammar, state.clock)
            guard state.grammars.count > limits.cachedMax else { return }
            guard let oldest = state.grammars.min(by: { $0.value.used < $1.value.used }) else { return }
            state.grammars[oldest.key] = nil
        }
        return grammar
    }
}
