import Glibc
package import Tokens

/// How probable a token was, and which ones were more so: of the model's own distribution, before anything in a
/// request changed it, as in vLLM.
package struct TokenLogprobs: Sendable, Equatable {
    /// A token and the logarithm of its probability.
    package struct Entry: Sendable, Equatable {
        /// The token.
        package let token: TokenID
        /// The natural logarithm of its probability, at most 0; minus infinity where it was impossible.
        package let logprob: Float

        /// Makes an entry.
        package init(token: TokenID, logprob: Float) {
            self.token = token
            self.logprob = logprob
        }
    }

    /// The token that was taken.
    package let taken: Entry
    /// Its place among all tokens, the most probable one's being 1.
    package let rank: Int
    /// The most probable tokens, the most probable first and of equals the lower id.
    package let top: [Entry]

    /// Makes what is known of one token.
    package init(taken: Entry, rank: Int, top: [Entry]) {
        self.taken = taken
        self.rank = rank
        self.top = top
    }

    /// Looks a token up in a row of logits, `[vocabulary]`.
    ///
    /// - Complexity: O(vocabulary), and O(vocabulary × topCount) for a row that ascends.
    init(of token: TokenID, in row: LogitRow, topCount: Int) {
        let maximum = row.maximum()
        let logSum = maximum + Float(log(Softmax(maximum: maximum, scale: 1).mass(of: row)))
        let logit = row.logits[token.index]
        var rank = 1
        var top: [(index: Int, logit: Float)] = []
        top.reserveCapacity(topCount + 1)
        for index in 0..<row.count {
            let other = row.logits[index]
            if other > logit { rank += 1 }
            guard top.count < topCount ? !other.isNaN : topCount > 0 && other > top[topCount - 1].logit else {
                continue
            }
            let place = top.lastIndex { $0.logit >= other }.map { $0 + 1 } ?? 0
            top.insert((index, other), at: place)
            if top.count > topCount { top.removeLast() }
        }
        self.init(
            taken: Entry(token: token, logprob: logit - logSum), rank: rank,
            top: top.map { Entry(token: TokenID($0.index), logprob: $0.logit - logSum) })
    }
}

extension Softmax {
    /// The sum of all weights of a row.
    fileprivate func mass(of row: LogitRow) -> Double {
        var mass = 0.0
        for index in stride(from: 0, to: row.count, by: LogitRow.width) {
            mass += Double(weights(of: row.lanes(at: index)).sum())
        }
        return mass
    }
}
