import Synchronization
package import Tokens

/// A compiled grammar over a vocabulary, ready to hold outputs to it.
///
/// Any thread may use it. What it works out on the way is kept for all outputs, up to a limit.
package final class Grammar: Sendable {
    /// The tokens that it speaks of.
    package let vocabulary: TokenVocabulary
    private let program: GrammarProgram
    private let automaton: Mutex<(automaton: Automaton, generation: Int)>

    /// Compiles a grammar.
    ///
    /// - Throws: ``GrammarError`` where the source is wrong, asks for what cannot be enforced, or passes a limit.
    package init(
        _ source: GrammarSource, vocabulary: TokenVocabulary, limits: GrammarLimits = GrammarLimits()
    ) throws(GrammarError) {
        self.vocabulary = vocabulary
        var compiler = GrammarCompiler(limits: limits)
        program = try compiler.compile(source)
        automaton = Mutex((Automaton(program, vocabulary), 0))
    }

    /// Works on the automaton; the generation says whether its states are still those of before.
    func withAutomaton<R: Sendable>(_ body: (inout Automaton, Int) -> sending R) -> R {
        automaton.withLock { state in
            if state.automaton.isFull { state = (Automaton(program, vocabulary), state.generation + 1) }
            return body(&state.automaton, state.generation)
        }
    }
}

/// How far one output has come in a grammar.
package struct GrammarMatcher: Sendable {
    /// The grammar.
    package let grammar: Grammar
    private var state: Int32
    private var generation: Int
    /// The output so far, for when the automaton has forgotten its states.
    private var output: [UInt8] = []

    /// Starts an output.
    package init(_ grammar: Grammar) {
        self.grammar = grammar
        (state, generation) = grammar.withAutomaton { ($0.start, $1) }
    }

    /// Takes a token in.
    ///
    /// - Returns: Whether the grammar allows it; where it does not, nothing is allowed from then on.
    package mutating func accept(_ token: TokenID) -> Bool {
        let text = grammar.vocabulary.text(of: token)
        return !text.isEmpty && accept(text)
    }

    /// Takes a text in.
    ///
    /// - Returns: Whether the grammar allows it; where it does not, nothing is allowed from then on.
    package mutating func accept(_ text: some Collection<UInt8>) -> Bool {
        let bytes = Array(text)
        onAutomaton { automaton, state in
            for byte in bytes { state = automaton.next(state, byte) }
        }
        output += bytes
        return state != Automaton.dead
    }

    /// Whether the output may end here.
    package mutating func isComplete() -> Bool {
        var isComplete = false
        onAutomaton { automaton, state in isComplete = automaton.states[Int(state)].isAccepting }
        return isComplete
    }

    /// Sets the bits of the tokens that may come next, and clears those of all others.
    ///
    /// - Parameters:
    ///   - words: ``TokenVocabulary/wordCount`` of them, or more.
    ///   - endings: The tokens that end an output; they may come where it may end and nowhere else.
    /// - Returns: Whether any token may come.
    package mutating func fill(_ words: UnsafeMutableBufferPointer<UInt64>, endings: [TokenID]) -> Bool {
        var isAnyAllowed = false
        onAutomaton { automaton, state in
            switch automaton.mask(of: state) {
            case .few(let ids):
                words.update(repeating: 0)
                // A tokenizer may know more tokens than the model has rows.
                for id in ids where Int(id) >> 6 < words.count { words[Int(id) >> 6] |= 1 << UInt64(id & 63) }
                isAnyAllowed = !ids.isEmpty
            case .many(let bits):
                for index in words.indices { words[index] = index < bits.count ? bits[index] : 0 }
                isAnyAllowed = true
            }
            let mayEnd = automaton.states[Int(state)].isAccepting
            for token in endings where words.indices.contains(token.index >> 6) {
                let bit = UInt64(1) << UInt64(token.index & 63)
                if mayEnd { words[token.index >> 6] |= bit } else { words[token.index >> 6] &= ~bit }
                isAnyAllowed = isAnyAllowed || mayEnd
            }
        }
        return isAnyAllowed
    }

    /// The bytes that must come next because nothing else may; empty where there is a choice, or the output may end.
    package mutating func forcedBytes(max: Int = 256) -> [UInt8] {
        var forced: [UInt8] = []
        onAutomaton { automaton, state in
            var place = state
            while forced.count < max, !automaton.states[Int(place)].isAccepting {
                var only: (byte: UInt8, state: Int32)?
                for byte in UInt8.min...UInt8.max {
                    let next = automaton.next(place, byte)
                    guard next != Automaton.dead else { continue }
                    if only != nil { return }
                    only = (byte, next)
                }
                guard let only else { return }
                forced.append(only.byte)
                place = only.state
            }
        }
        return forced
    }

    /// Goes on to where there is a choice again, or almost: takes in what must come next.
    ///
    /// Its tokens are those of the model's own tokenizer behind the output so far, up to where they depend on what
    /// comes after: a model has seen texts in this spelling only, and goes on worse behind another one. Where a token
    /// of it begins within the token that was taken in last, that one is spelt anew, too.
    ///
    /// - Parameters:
    ///   - last: The token that was taken in last.
    ///   - countMax: The most tokens that may follow it.
    ///   - endings: Tokens that end an output; a jump ends before them.
    package mutating func jump(from last: TokenID, countMax: Int, endings: [TokenID]) -> GrammarJump {
        var forced = forcedBytes(max: Self.jumpBytesMax)
        forced.removeLast(forced.count - forced.wholeCharactersCount)
        let vocabulary = grammar.vocabulary
        let lastText = vocabulary.text(of: last)
        guard !forced.isEmpty, !lastText.isEmpty, output.ends(with: lastText),
            var jump = vocabulary.spelling(of: forced, behind: output, last: lastText)
        else { return GrammarJump() }
        let places = countMax + (jump.replacesLast ? 1 : 0)
        jump.tokens = Array(
            jump.tokens.prefix(settledCount(of: jump.tokens, forced)).prefix(places)
                .prefix { !endings.contains($0) })
        let byteCount = jump.tokens.reduce(0) { $0 + vocabulary.text(of: $1).count }
        // A token that is spelt anew has to be whole again, and more.
        let newCount = byteCount - (jump.replacesLast ? lastText.count : 0)
        return newCount > 0 && accept(forced.prefix(newCount)) ? jump : GrammarJump()
    }

    /// The most bytes of one jump.
    private static let jumpBytesMax = 64

    /// How many of the tokens end before any place where a longer one that the grammar allows could begin that reaches
    /// into what is free: with it, the tokenizer might spell the text otherwise from there on.
    ///
    /// - Parameter forced: The bytes from where the output ends to where the tokens do.
    private mutating func settledCount(of tokens: [TokenID], _ forced: [UInt8]) -> Int {
        let texts = tokens.map { grammar.vocabulary.text(of: $0) }
        let text = Array(texts.joined())
        let places = max(0, text.count - grammar.vocabulary.trie.depthMax)..<text.count
        var settled = text.count
        onAutomaton { automaton, state in
            let end = forced.reduce(state) { automaton.next($0, $1) }
            settled = places.first { automaton.takesToken(longerThan: text[$0...], at: end) } ?? settled
        }
        var byteCount = 0
        return texts.prefix {
            byteCount += $0.count
            return byteCount <= settled
        }.count
    }

    private mutating func onAutomaton(_ body: (inout Automaton, inout Int32) -> Void) {
        let (before, generation, output) = (state, generation, output)
        (state, self.generation) = grammar.withAutomaton { automaton, current in
            var state = before
            if current != generation {
                state = automaton.start
                for byte in output { state = automaton.next(state, byte) }
            }
            body(&automaton, &state)
            return (state, current)
        }
    }
}

/// What a grammar leaves no choice of, as tokens.
package struct GrammarJump: Sendable, Equatable {
    /// Whether the first of the tokens stands in the place of the output's last one.
    package var replacesLast = false
    /// The tokens; none where there is a choice, or nothing to gain.
    package var tokens: [TokenID] = []

    /// No jump.
    package init() {}

    init(replacesLast: Bool = false, tokens: [TokenID]) {
        self.replacesLast = replacesLast
        self.tokens = tokens
    }
}

extension [UInt8] {
    /// How many of the bytes are whole characters of UTF-8, the last of which may be cut.
    fileprivate var wholeCharactersCount: Int {
        guard let start = lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return 0 }
        let lead = self[start]
        let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        return start + length <= count ? count : start
    }

    fileprivate func ends(with other: ArraySlice<UInt8>) -> Bool { suffix(other.count).elementsEqual(other) }
}
