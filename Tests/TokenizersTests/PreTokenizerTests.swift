import JSON
import TestSupport
import Testing
import Tokenizers

/// The `pre_tokenizer` members that the tests share.
enum PreTokenizers {
    /// The model's official one; with patterns that only the general engine knows where `isGeneral`.
    static func official(_ model: FetchedModel, isGeneral: Bool) -> JSONValue {
        switch model {
        case .qwenCoder: return split([llama(#"\p{N}"#)], isGeneral: isGeneral)
        case .smollm2:
            let digits: JSONValue = ["type": "Digits", "individual_digits": true]
            guard isGeneral else {
                return sequence([
                    digits, ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
                ])
            }
            return sequence([digits, split([gpt2], isGeneral: true)])
        }
    }

    /// Isolating splits at expressions; a group around each hides it from the hand-written patterns.
    static func split(_ expressions: [String], isGeneral: Bool) -> JSONValue {
        let splits = expressions.map { expression in
            let pattern = JSONValue.string(isGeneral ? "(?:\(expression))" : expression)
            return ["type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated", "invert": false]
                as JSONValue
        }
        return sequence(splits + [["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]])
    }

    static func sequence(_ parts: [JSONValue]) -> JSONValue {
        ["type": "Sequence", "pretokenizers": .array(parts)]
    }

    static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    static func llama(_ digits: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
            + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }
}

struct PreTokenizerTests {
    static let matches: [(String, String, [String])] = [
        ("a|ab", "xabx", ["x", "a", "bx"]),
        ("ab?+b", "abab", ["abab"]),
        ("a+?b|a", "aab", ["aab"]),
        ("(?>a+)ab|b", "aab", ["aa", "b"]),
        ("(?:ab){2,3}", "abababababx", ["ababab", "abab", "x"]),
        ("(?:ab){2}?", "ababab", ["abab", "ab"]),
        ("a(?=b)", "abac", ["a", "bac"]),
        ("(?i)straße", "STRASSE STRAßE", ["STRASSE ", "STRAßE"]),
        (#"[a-c\-\]]+"#, "xab-]y", ["x", "ab-]", "y"]),
        (#"[^\S\n]+"#, "a \n b", ["a", " ", "\n", " ", "b"]),
        (#"\x41\u0042\x{1F600}"#, "xAB😀y", ["x", "AB😀", "y"]),
        (#"\p{Lu}\P{Lu}|\p{^L}"#, "aBc1", ["a", "Bc", "1"]),
        ("^a|a$", "aaa", ["a", "a", "a"]),
        (#"\d{2,}"#, "1 23 456", ["1 ", "23", " ", "456"]),
    ]

    static let faulty: [String] = [
        "(", ")", "[", "[a", "a{2,1}", "*a", "(?<n>a)", "(?<!a)b", #"\p{Han}"#, #"\p{"#, #"\"#, #"\k"#,
        "(a*)*", "(|a)+",
        "[b-a]", "a{99999}", "[[:alpha:]]", "[a&&b]", "a{1}{1}{1}{1}{1}", #"\x{110000000}"#,
        "(((a{999}){999}){999}){999}",
        String(repeating: "(", count: 100_000), String(repeating: "[", count: 100_000),
        String(repeating: "(?i)", count: 100_000), String(repeating: "a|", count: 100_000),
    ]

    @Test(arguments: ["gpt2", "qwen2", "llama3", "gpt4o", "deepseek"], [false, true])
    func `cuts words as Hugging Face's tokenizers do`(_ name: String, _ isGeneral: Bool) throws {
        let golden = try #require(try Golden.json("words.json")[name])
        var expressions = try Golden.strings(golden["expressions"])
        if expressions.isEmpty { expressions = [PreTokenizers.gpt2] }
        let preTokenizer = try PreTokenizer(member: PreTokenizers.split(expressions, isGeneral: isGeneral))
        for (text, lengths) in zip(try Golden.texts(), try Golden.rows(golden["words"])) {
            #expect(preTokenizer.words(of: text).map(\.count) == lengths, "\(text.debugDescription)")
        }
    }

    @Test(arguments: [
        PreTokenizers.gpt2, PreTokenizers.llama(#"\p{N}"#), PreTokenizers.llama(#"\p{N}{1,3}"#),
    ])
    func `hand-written patterns agree with the general engine on random text`(_ expression: String) throws {
        let byHand = try PreTokenizer(member: PreTokenizers.split([expression], isGeneral: false))
        let general = try PreTokenizer(member: PreTokenizers.split([expression], isGeneral: true))
        var random = RepeatableRandom(seed: 20_261_122)
        for round in 0..<4000 {
            let text = random.text(scalars: Int.random(in: 0...24, using: &random))
            let words = byHand.words(of: text)
            #expect(words == general.words(of: text), "round \(round): \(text.debugDescription)")
            #expect(words.flatMap { $0 } == Array(text.utf8))
        }
    }

    @Test(arguments: matches)
    func `the general engine matches as a backtracking engine does`(
        _ expression: String, _ text: String, _ words: [String]
    ) throws {
        let member: JSONValue = [
            "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated",
            "invert": false,
        ]
        #expect(
            try PreTokenizer(member: member).words(of: text).map { String(decoding: $0, as: UTF8.self) }
                == words)
    }

    @Test(arguments: [
        ("Isolated", ["a", "-", "-", "b"]), ("Removed", ["a", "b"]),
        ("MergedWithPrevious", ["a-", "-", "b"]),
        ("MergedWithNext", ["a", "-", "-b"]), ("Contiguous", ["a", "--", "b"]),
    ])
    func `split behaviours keep, drop or join what matched`(_ behavior: String, _ words: [String]) throws {
        let member: JSONValue = [
            "type": "Split", "pattern": ["String": "-"], "behavior": .string(behavior), "invert": false,
        ]
        #expect(
            try PreTokenizer(member: member).words(of: "a--b").map { String(decoding: $0, as: UTF8.self) }
                == words)
    }

    @Test(arguments: faulty)
    func `a pattern that cannot be compiled is refused`(_ expression: String) throws {
        let member: JSONValue = [
            "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated",
        ]
        #expect(throws: TokenizerError.self) { try PreTokenizer(member: member) }
    }

    @Test func `nothing, repeated however often, stays nothing`() throws {
        let expression: JSONValue = "((((){9999}){9999}){9999}){9999}"
        let member: JSONValue = ["type": "Split", "pattern": ["Regex": expression], "behavior": "Isolated"]
        #expect(try PreTokenizer(member: member).words(of: "ab").count == 1)
    }

    @Test(arguments: ["(?:a+)+b", "(?:a|aa)+b", "(?:a?){60}a{60}", "a*a*a*a*a*a*b", "(?:(?:a+)+)+b"])
    func `a pattern that backtracks without end stops, and the text stays whole`(_ expression: String) throws
    {
        let member: JSONValue = [
            "type": "Split", "pattern": ["Regex": .string(expression)], "behavior": "Isolated",
        ]
        guard let preTokenizer = try? PreTokenizer(member: member) else { return }
        let text = String(repeating: "a", count: 5000)
        #expect(preTokenizer.words(of: text).flatMap { $0 } == Array(text.utf8))
    }
}

extension RepeatableRandom {
    private static let common = Array(
        "''''stmdrevlSTRLſ  \n\r\t  aB1.!é字①½\u{301}\u{A0}\u{3000}".unicodeScalars)

    /// Text that patterns find hard.
    mutating func text(scalars count: Int) -> String {
        var text = ""
        while text.unicodeScalars.count < count {
            if Bool.random(using: &self), let scalar = Self.common.randomElement(using: &self) {
                text.unicodeScalars.append(scalar)
            } else if let scalar = Unicode.Scalar(
                UInt32.random(in: 0...(Bool.random(using: &self) ? 0x2FF : 0x2FFFF), using: &self))
            {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
