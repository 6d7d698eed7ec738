/// A bucket that holds a minute's worth, is filled evenly, and may be overdrawn.
///
/// Over any time t it lets through at most its content and the limit times t: the token bucket of RFC 2697, in
/// one colour.
package struct TokenBucket: Sendable {
    /// What a minute fills, and the most that it holds.
    package let perMinute: Int
    /// What is in it; below zero after an answer was longer than what was left.
    private var level: Double
    /// When the level was that, in seconds.
    private var time: Double

    /// A full bucket, at that time.
    package init(perMinute: Int, time: Double) {
        self.perMinute = perMinute
        level = Double(perMinute)
        self.time = time
    }

    /// What is left, in whole units.
    package var remaining: Int { max(0, Int(level)) }

    /// Seconds until it is full.
    package var secondsUntilFull: Double { (Double(perMinute) - level) / perSecond }

    private var perSecond: Double { Double(perMinute) / 60 }

    /// Fills what time has brought.
    package mutating func advance(to now: Double) {
        level = min(Double(perMinute), level + max(0, now - time) * perSecond)
        time = max(time, now)
    }

    /// Takes that much, if it is there.
    ///
    /// - Returns: the seconds after which it would be there; nil where it was taken.
    package mutating func take(_ amount: Int) -> Double? {
        let missing = Double(amount) - level
        // Whole numbers after many additions of fractions.
        guard missing > 1e-9 else {
            level -= Double(amount)
            return nil
        }
        return missing / perSecond
    }

    /// Takes that much, whatever is there.
    package mutating func charge(_ amount: Int) { level -= Double(amount) }
}
