/// From how many tokens to how many: `512`, or `32:512`.
package struct LengthRange: Sendable, Equatable, CustomStringConvertible {
    package let lower: Int
    package let upper: Int

    /// The most tokens of a length: beyond any context there is.
    package static let tokensMax = 10_000_000

    package init(_ lower: Int, _ upper: Int) {
        self.lower = lower
        self.upper = upper
    }

    /// Reads a number or two with a colon between them; nil where that is no range of positive lengths.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let lower = parts[0], let upper = parts[parts.count - 1],
            (1...Self.tokensMax).contains(upper), (1...upper).contains(lower)
        else { return nil }
        self.init(lower, upper)
    }

    /// The range widened by a share of its ends on either side, as vLLM's `--random-range-ratio` does.
    package func widened(by ratio: Double) -> LengthRange {
        LengthRange(
            max(1, Int((Double(lower) * (1 - ratio)).rounded(.down))),
            max(1, Int((Double(upper) * (1 + ratio)).rounded(.up))))
    }

    /// A length, each equally likely.
    func draw(_ random: inout SeededRandom) -> Int { random.integer(in: lower...upper) }

    package var description: String { lower == upper ? "\(lower)" : "\(lower):\(upper)" }
}
