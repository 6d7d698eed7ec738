import OpenAIAPI
import TestSupport
import Testing

struct StopMatcherTests {
    /// The text up to the stop string that ends first, and of those the longest; worked out on the whole
    /// text.
    private static func naive(_ text: String, _ stops: [String], keepsStop: Bool) -> String {
        let bytes = Array(text.utf8)
        for end in 0...bytes.count {
            let matches = stops.map { Array($0.utf8) }.filter {
                bytes[..<end].suffix($0.count).elementsEqual($0)
            }
            if let longest = matches.max(by: { $0.count < $1.count }) {
                return String(decoding: bytes[..<(keepsStop ? end : end - longest.count)], as: UTF8.self)
            }
        }
        return text
    }

    private static func matched(_ pieces: [String], _ stops: [String], keepsStop: Bool) -> String {
        var matcher = StopMatcher(stops: stops, keepsStop: keepsStop)
        return pieces.map { matcher.append($0) }.joined() + matcher.finish()
    }

    @Test func `every split of a text gives what the whole text gives`() {
        var random = RepeatableRandom(seed: 20_261_122)
        let letters = ["a", "b", "é", "日"]
        for round in 0..<300 {
            let text = (0..<random.below(9)).map { _ in letters[random.below(4)] }
            let stops = (0..<random.below(4)).map { _ in
                (0...random.below(4)).map { _ in letters[random.below(4)] }.joined()
            }
            let keepsStop = random.below(2) == 1
            let wanted = Self.naive(text.joined(), stops, keepsStop: keepsStop)
            for cuts in 0..<(1 << max(0, text.count - 1)) {
                var pieces = [""]
                for (position, letter) in text.enumerated() {
                    if position > 0, cuts >> (position - 1) & 1 == 1 { pieces.append("") }
                    pieces[pieces.count - 1] += letter
                }
                let found = Self.matched(pieces, stops, keepsStop: keepsStop)
                #expect(found == wanted, "round \(round): \(pieces), stops \(stops)")
            }
        }
    }

    @Test func `no more is held back than what may begin a stop string`() {
        var matcher = StopMatcher(stops: ["<end>"])
        #expect(matcher.append("1 < 2") == "1 < 2")
        #expect(matcher.append(" and <en") == " and ")
        #expect(matcher.append("t") == "<ent")
        #expect(matcher.append("<end") == "")
        #expect(!matcher.isStopped)
        #expect(matcher.append("> more") == "")
        #expect(matcher.isStopped)
        #expect(matcher.append("still more") == "")
        #expect(matcher.finish() == "")
    }

    @Test func `what was held back comes out when nothing follows`() {
        var matcher = StopMatcher(stops: ["abc"])
        #expect(matcher.append("xab") == "x")
        #expect(matcher.finish() == "ab")
    }

    @Test func `text that may not be stopped passes with what was held before it`() {
        var matcher = StopMatcher(stops: ["abc"])
        #expect(matcher.append("ab") == "")
        #expect(matcher.pass("c") == "abc")
        #expect(!matcher.isStopped)
    }
}

extension RepeatableRandom {
    fileprivate mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
