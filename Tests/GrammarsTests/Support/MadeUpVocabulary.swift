import Grammars
import JSON
import TestSupport
import Tokens

/// A vocabulary as byte pair encoding makes one: all bytes, pieces of JSON and of words, parts of characters.
enum MadeUpVocabulary {
    /// The token that ends an output; it has no text.
    static let end: TokenID = 0

    static let shared = TokenVocabulary(count: texts.count) { texts[$0.index] }

    private static let texts: [[UInt8]] = {
        var texts: [[UInt8]] = [[]] + (UInt8.min...UInt8.max).map { [$0] }
        let pieces = [
            "\", \"", "\":", "\": ", "\": \"", "{\"", "\"}", "\"]", "\"},", "}]", "]}", "], ", "},", "},\n",
            "[\"",
            "[[", "]]", "{}", "[]", "\n  ", "\n    ", "\n  \"", ",\n", ", ", " {", " [", "true", "false",
            "null", "tru",
            "nul", " true", "true,", "true}", "00", "10", "123", "0.", ".5", "-1", "1e", "20", "19", "2024",
            "-01",
            "T00", ":00", "Z\"", "@", ".org\"", "http", "://", "\\\"", "\\n", "\\u", "\\\\", "é", "😀", "漢字",
            "  ",
            "name", "type", "kind", "value", "children", "the", " the", "ing", "a\"", "x\": 1", "_1",
            "field_", "\t",
            " ", "\"a\"", "\"b\": ", "id\":", "tags\"", "option ", "ORD-", "ab", "abc", "xyz", "cat", "dog",
            "lo",
        ]
        texts += pieces.map { Array($0.utf8) }
        var random = RepeatableRandom(seed: 7)
        let letters = Array("etaoinshrdlu ETA0123456789-_".utf8)
        for _ in 0..<1500 {
            let count = Int.random(in: 2...6, using: &random)
            texts.append((0..<count).map { _ in letters.randomElement(using: &random) ?? 0x61 })
        }
        // Halves of characters.
        texts += [[0xC3], [0xE2, 0x80], [0xF0, 0x9F], [0x98, 0x80], [0x20, 0xF0, 0x9F]]
        return texts
    }()

    /// What a token reads as.
    static func text(of token: TokenID) -> [UInt8] { texts[token.index] }

    static func grammar(_ source: GrammarSource) throws -> Grammar {
        try Grammar(source, vocabulary: shared)
    }
}

extension Grammar {
    /// Whether a whole text is allowed, fed byte by byte.
    func accepts(_ text: String) -> Bool {
        var matcher = GrammarMatcher(self)
        return matcher.accept(Array(text.utf8)) && matcher.isComplete()
    }
}

/// The bits of a mask.
struct AllowedTokens {
    var words: [UInt64]

    init(_ matcher: inout GrammarMatcher) {
        words = [UInt64](repeating: .max, count: matcher.grammar.vocabulary.wordCount)
        words.withUnsafeMutableBufferPointer { _ = matcher.fill($0, endings: [MadeUpVocabulary.end]) }
    }

    func contains(_ token: TokenID) -> Bool { words[token.index >> 6] >> UInt64(token.index & 63) & 1 != 0 }

    var ids: [TokenID] {
        (0..<MadeUpVocabulary.shared.count).map { TokenID($0) }.filter(contains)
    }
}

/// Outputs drawn at random from what a grammar allows.
struct RandomWalk {
    private var random: RepeatableRandom

    init(seed: UInt64) { random = RepeatableRandom(seed: seed) }

    /// Draws an output.
    ///
    /// - Returns: Its bytes; nil where it had not ended after so many tokens.
    /// - Throws: where nothing is allowed and the output is not complete.
    mutating func draw(_ grammar: Grammar, tokensMax: Int = 400) throws -> [UInt8]? {
        var matcher = GrammarMatcher(grammar)
        var output: [UInt8] = []
        let closing = Set("\"}],".utf8)
        for step in 0..<tokensMax {
            let allowed = AllowedTokens(&matcher)
            if allowed.contains(MadeUpVocabulary.end), Double.random(in: 0..<1, using: &random) < 0.4 {
                return output
            }
            var ids = allowed.ids.filter { $0 != MadeUpVocabulary.end }
            if ids.isEmpty {
                guard allowed.contains(MadeUpVocabulary.end) else { throw DeadEnd(output: output) }
                return output
            }
            // The longer it gets the more it is drawn to an end.
            if Double.random(in: 0..<1, using: &random) < 0.3 + Double(step) / 200 {
                let ends = ids.filter { MadeUpVocabulary.text(of: $0).contains(where: closing.contains) }
                if !ends.isEmpty { ids = ends }
            }
            let id = ids.randomElement(using: &random) ?? MadeUpVocabulary.end
            guard matcher.accept(id) else { throw DeadEnd(output: output) }
            output += MadeUpVocabulary.text(of: id)
        }
        return nil
    }

    struct DeadEnd: Error, CustomStringConvertible {
        let output: [UInt8]

        var description: String {
            "nothing follows \(String(decoding: output, as: UTF8.self).debugDescription)"
        }
    }
}
