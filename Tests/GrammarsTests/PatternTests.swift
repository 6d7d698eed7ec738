import Foundation
import Grammars
import JSON
import TestSupport
import Testing

extension GrammarsTests {
    struct PatternTests {
        private static let patterns = [
            "abc", "a|b|cd", "(ab)*c", "a{2,4}", "a{3}", "a{2,}", "[a-z]+", "[^a-z]{1,3}", "\\d{3}-\\d{4}",
            "\\w+@\\w+",
            "(?:x|yz){1,3}", "(?P<year>[0-9]{4})-(?<month>[0-9]{2})".replacing("(?<", with: "(?P<"), "a.c",
            "a??b+?",
            "[\\w.-]+", "\\s*x\\s*", "[\\s\\S]{2}", "\\x41\\u0042", "[\\]\\\\^-]+", "(a(b(c)?)?)?", "[à-ü]+",
            "日本|東京",
            "\\p{L}+", "\\p{Lu}\\p{Ll}*", "\\P{L}{2}", "[\\p{N}_]+", "\\p{Han}{2}",
            "(?:[1-9]\\d*|0)(?:\\.\\d+)?",
            "[+-]?\\d+", "^anchored$", "\\.\\*\\+", "a{0}b", "(|a)b", "😀{2}", "[😀-😃]", "\\t\\n", "{a}",
            "[a-c-]+", "#[0-9a-fA-F]{6}", "(?=.*[0-9])[a-z0-9]{2,6}", "(?!ab)[a-c]{2,4}",
            "a(?!b)[a-c]+(?=c$)c",
            "x(?:^|(?!y)[yz]|w)v?", "(?!^[0-9]+$)[a-z0-9]{1,4}",
        ]

        @Test func `what is drawn from a pattern matches in Python, and is taken back`() throws {
            var cases: [JSONValue] = []
            for (index, pattern) in Self.patterns.enumerated() {
                let grammar = try MadeUpVocabulary.grammar(.regex(pattern))
                var walk = RandomWalk(seed: UInt64(index))
                for _ in 0..<20 {
                    guard let output = try walk.draw(grammar, tokensMax: 60) else { continue }
                    let text = try #require(String(validating: output, as: UTF8.self))
                    #expect(grammar.accepts(text))
                    cases.append([.string(pattern), .string(text), true])
                    // A character more or less: Python and the grammar must agree where dialects do.
                    guard !pattern.contains("\\") else { continue }
                    for other in [text + "a", String(text.dropLast()), text + "\u{E9}"] where other != text {
                        cases.append([.string(pattern), .string(other), .bool(grammar.accepts(other))])
                    }
                }
            }
            #expect(cases.count > 500)
            let result = try Python.run("match.py", input: Data(JSONValue.array(cases).serializedBytes()))
            #expect(result.status == 0, "\(result.output.suffix(4000))")
        }

        @Test(arguments: [
            "(?<=a)b", "(?<!a)b", "(a)\\1", "\\bword\\b", "a**", "*a", "(a", "a)", "[a",
            "[z-a]",
            "a{3,2}", "\\", "\\q", "\\p{Nonsense}", "(?i)a", "a++", "(^a)*", "[]", "\\xZZ", "\\u12",
        ])
        func `what is malformed or no regular expression is refused`(pattern: String) {
            #expect(throws: GrammarError.self) { try MadeUpVocabulary.grammar(.regex(pattern)) }
        }

        @Test func `a pattern that grows without bounds ends in an error or stays small`() throws {
            for pattern in ["(((a{1000}){1000}){1000})", String(repeating: "a?", count: 5000), "(a|aa)+$"] {
                do {
                    let grammar = try MadeUpVocabulary.grammar(.regex(pattern))
                    var matcher = GrammarMatcher(grammar)
                    let isTaken = matcher.accept(Array("aaaa".utf8))
                    #expect(isTaken)
                } catch {
                    #expect("\(error)".contains("too complex"), "\(error)")
                }
            }
        }
    }
}
