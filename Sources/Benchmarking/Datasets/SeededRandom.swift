import Glibc

/// SplitMix64 (Steele, Lea and Flood, 2014): the same load for the same seed, on every machine.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number of the range, each equally likely.
    package mutating func integer(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    /// A number over 0, up to 1.
    private mutating func unit() -> Double {
        Double((next() >> 11) + 1) * 0x1p-53
    }

    /// A number of the exponential distribution: the gap between two arrivals of a Poisson process.
    package mutating func exponential(mean: Double) -> Double {
        -log(unit()) * mean
    }

    /// A number of the log-normal distribution with that mean; `spread` is the standard deviation of its logarithm.
    package mutating func logNormal(mean: Double, spread: Double) -> Double {
        // Box and Muller, 1958.
        let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
        return exp(log(mean) - spread * spread / 2 + spread * normal)
    }
}
