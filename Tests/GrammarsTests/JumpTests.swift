import Grammars
import Testing
import Tokens

/// Jumps over what a grammar leaves no choice of, with a small vocabulary whose spelling is not the longest.
struct JumpTests {
    private static let texts =
        ["", "a", "b", "c", "d", "e", "x", "y", "\n", "ab", "cd", "abc", "xa", "é", "ea"].map {
            Array($0.utf8)
        }
        + [[0xC3], [0xA9], [0xA8]]
    /// Pairs that are put together, the first ones first.
    private static let merges: [(String, String)] = [
        ("a", "b"), ("c", "d"), ("ab", "c"), ("x", "a"), ("e", "a"),
    ]

    private static let vocabulary = TokenVocabulary(count: texts.count) {
        spelling($0)
    } piece: {
        texts[$0.index]
    }

    /// What byte pair encoding makes of a text.
    private static func spelling(_ text: [UInt8]) -> [TokenID] {
        var parts = String(decoding: text, as: UTF8.self).unicodeScalars.map { String($0) }
        for (left, right) in merges {
            var index = 0
            while index + 1 < parts.count {
                if parts[index] == left, parts[index + 1] == right {
                    parts[index] += parts.remove(at: index + 1)
                }
                index += 1
            }
        }
        return parts.compactMap { token($0) }
    }

    private static func token(_ text: String) -> TokenID? {
        texts.firstIndex(of: Array(text.utf8)).map { TokenID($0) }
    }

    /// The jump behind some tokens, as texts, and what a matcher that made it may go on with.
    private static func jump(
        _ pattern: String, behind tokens: [String], countMax: Int = 100, endings: [TokenID] = [],
        then: String = ""
    ) throws -> (replacesLast: Bool, tokens: [String]) {
        var matcher = GrammarMatcher(try Grammar(.regex(pattern), vocabulary: vocabulary))
        var last: TokenID = 0
        for text in tokens {
            last = try #require(token(text))
            let isTaken = matcher.accept(last)
            #expect(isTaken, "\(text)")
        }
        let jump = matcher.jump(from: last, countMax: countMax, endings: endings)
        let isTaken = matcher.accept(Array(then.utf8))
        #expect(isTaken, "\(then)")
        return (jump.replacesLast, jump.tokens.map { String(decoding: texts[$0.index], as: UTF8.self) })
    }

    @Test func `a jump is spelt as the tokenizer spells it, not by the longest tokens`() throws {
        let jump = try Self.jump("xabcd[ab]", behind: ["x"], then: "b")
        #expect(jump == (false, ["ab", "cd"]))
    }

    @Test func `a token that was sampled within one of the tokenizer's is spelt anew`() throws {
        let jump = try Self.jump("xabcd[ab]", behind: ["xa"], then: "a")
        #expect(jump == (true, ["x", "ab", "cd"]))
        // Where there is no room for all of them, it stays.
        #expect(try Self.jump("xabcd[ab]", behind: ["xa"], countMax: 0, then: "b") == (false, []))
        #expect(try Self.jump("xabcd[ab]", behind: ["xa"], countMax: 1, then: "cd") == (true, ["x", "ab"]))
    }

    @Test func `tokens that what comes after may change are left to the model`() throws {
        // Behind `ab`, `c` is spelt `abc`, and `cd` is spelt `ab`, `cd`.
        #expect(try Self.jump("yxabc[de]", behind: ["y"], then: "abcd") == (false, ["x"]))
        #expect(try Self.jump("yxabc[ex]", behind: ["y"], then: "e") == (false, ["x", "abc"]))
        #expect(try Self.jump("xabcd", behind: ["x"]) == (false, ["ab", "cd"]))
    }

    @Test func `a jump goes by whole characters, and ends before a token that ends the output`() throws {
        // Of é and è only the first byte is certain.
        #expect(try Self.jump("xd[éè]", behind: ["x"], then: "é") == (false, ["d"]))
        #expect(try Self.jump("xdéd[ab]", behind: ["x"], then: "a") == (false, ["d", "é", "d"]))
        let end = try #require(Self.token("é"))
        #expect(try Self.jump("xdéd[ab]", behind: ["x"], endings: [end], then: "éd") == (false, ["d"]))
    }

    @Test func `there is no jump where there is a choice, nor without a tokenizer`() throws {
        #expect(try Self.jump("x[ab]", behind: ["x"], then: "a") == (false, []))
        let mute = TokenVocabulary(count: Self.texts.count) { Self.texts[$0.index] }
        var matcher = GrammarMatcher(try Grammar(.regex("xabcd"), vocabulary: mute))
        let last = try #require(Self.token("x"))
        let isTaken = matcher.accept(last)
        #expect(isTaken)
        #expect(matcher.jump(from: last, countMax: 9, endings: []) == GrammarJump())
    }
}
