import Grammars
import JSON
import TestSupport
import Testing
import Tokens

extension GrammarsTests {
    struct MatcherTests {
        @Test func `a mask allows exactly the tokens that can be taken in`() throws {
            let sources: [GrammarSource] = [
                .jsonObject, .regex("[a-z ]{3,40}x?"), .choice(["the cat", "the dog", "a"]),
                .sequence([
                    .textThrough("</t>"), .jsonSchema(["type": "array", "items": ["type": "integer"]]),
                ]),
                .jsonSchema(["type": "string", "maxLength": 9]),
                .jsonSchema([
                    "type": "object", "properties": ["ab": ["type": "string", "pattern": "^[a-z]+$"]],
                ]),
                .grammar("root ::= \"[\" root* \"]\" | [a-z]+"),
            ]
            for (index, source) in sources.enumerated() {
                let grammar = try MadeUpVocabulary.grammar(source)
                var random = RepeatableRandom(seed: UInt64(index))
                var matcher = GrammarMatcher(grammar)
                for _ in 0..<25 {
                    let allowed = AllowedTokens(&matcher)
                    for id in 1..<MadeUpVocabulary.shared.count {
                        var copy = matcher
                        #expect(
                            copy.accept(TokenID(id)) == allowed.contains(TokenID(id)),
                            "\(source), token \(id)")
                    }
                    let isComplete = matcher.isComplete()
                    #expect(isComplete == allowed.contains(MadeUpVocabulary.end))
                    let next = allowed.ids.filter { $0 != MadeUpVocabulary.end }.randomElement(using: &random)
                    guard let next, matcher.accept(next) else { break }
                }
            }
        }

        @Test func `parts put together follow each other`() throws {
            let grammar = try MadeUpVocabulary.grammar(
                .sequence([
                    .literal("<call>"),
                    .repeated(
                        .anyOf([.literal("f"), .jsonSchema(["type": "integer"])]), separator: ";",
                        counts: 1...3),
                    .literal("</call>"),
                ]))
            #expect(grammar.accepts("<call>f;12;f</call>"))
            #expect(!grammar.accepts("<call></call>"))
            #expect(!grammar.accepts("<call>f;f;f;f</call>"))
            #expect(!grammar.accepts("<call>f;</call>"))
        }

        @Test func `a text through another one ends with its first occurrence`() throws {
            let grammar = try MadeUpVocabulary.grammar(.sequence([.textThrough("aa"), .literal("!")]))
            #expect(grammar.accepts("xyaa!"))
            #expect(grammar.accepts("aa!"))
            #expect(!grammar.accepts("xaaa!"))
            #expect(!grammar.accepts("x!"))
        }

        @Test func `bytes are forced where nothing else can come`() throws {
            let grammar = try MadeUpVocabulary.grammar(.choice(["abcd", "abce"]))
            var matcher = GrammarMatcher(grammar)
            let forced = matcher.forcedBytes()
            #expect(forced == Array("abc".utf8))
            let isTaken = matcher.accept(forced)
            #expect(isTaken)
            let none = matcher.forcedBytes()
            #expect(none.isEmpty)
        }

        @Test func `a matcher goes on where the automaton has forgotten its states`() throws {
            var limits = GrammarLimits()
            limits.statesMax = 40
            limits.maskBytesMax = 4096
            let schema: JSONValue = ["type": "array", "items": ["type": "string", "maxLength": 30]]
            let small = try Grammar(.jsonSchema(schema), vocabulary: MadeUpVocabulary.shared, limits: limits)
            let large = try MadeUpVocabulary.grammar(.jsonSchema(schema))
            var (first, second) = (GrammarMatcher(small), GrammarMatcher(large))
            for character in "[\"the cat\", \"é😀 and the dog\", \"\", \"x\"]".unicodeScalars {
                let (ours, theirs) = (AllowedTokens(&first), AllowedTokens(&second))
                #expect(ours.words == theirs.words)
                let bytes = Array(String(character).utf8)
                let areTaken = (first.accept(bytes), second.accept(bytes))
                #expect(areTaken == (true, true))
            }
            let isComplete = first.isComplete()
            #expect(isComplete)
        }

        @Test func `output nests no deeper than the limit, and can still be closed there`() throws {
            var limits = GrammarLimits()
            limits.outputDepthMax = 20
            let grammar = try Grammar(
                .jsonSchema(["type": "array"]), vocabulary: MadeUpVocabulary.shared, limits: limits)
            var matcher = GrammarMatcher(grammar)
            var depth = 0
            while depth < 100 {
                var copy = matcher
                guard copy.accept([UInt8(ascii: "[")]) else { break }
                matcher = copy
                depth += 1
            }
            #expect(1..<20 ~= depth)
            let isClosed = matcher.accept([UInt8](repeating: UInt8(ascii: "]"), count: depth))
            let isComplete = matcher.isComplete()
            #expect(isClosed && isComplete)
        }

        @Test func `a cache compiles each source once, and forgets those not used`() throws {
            var limits = GrammarLimits()
            limits.cachedMax = 2
            let cache = GrammarCache(limits: limits) { MadeUpVocabulary.shared }
            let first = try cache.grammar(for: .choice(["a"]))
            #expect(try cache.grammar(for: .choice(["a"])) === first)
            _ = try cache.grammar(for: .choice(["b"]))
            #expect(try cache.grammar(for: .choice(["a"])) === first)
            let second = try cache.grammar(for: .choice(["b"]))
            _ = try cache.grammar(for: .choice(["a"]))
            _ = try cache.grammar(for: .choice(["c"]))
            #expect(try cache.grammar(for: .choice(["a"])) === first)
            #expect(try cache.grammar(for: .choice(["b"])) !== second)
        }
    }
}
