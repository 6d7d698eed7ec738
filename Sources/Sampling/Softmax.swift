/// The unnormalised softmax of a row: each logit's weight is `exp((logit - maximum) / temperature)`.
///
/// The exponential is computed here rather than by the C library, so that eight go at once and every machine
/// agrees.
struct Softmax {
    /// The greatest logit, whose weight is 1.
    let maximum: Float
    /// One over the temperature.
    let scale: Float

    /// The weights of eight logits; 0 for NaN, minus infinity and what is too small to tell from 0.
    @inline(__always)
    func weights(of logits: SIMD8<Float>) -> SIMD8<Float> {
        let lowest: Float = -87
        let exponents = (logits - maximum) * scale
        // False for NaN as well.
        let isCounted = exponents .>= lowest
        let clamped = exponents.replacing(with: lowest, where: .!isCounted)
        return Self.exp(clamped).replacing(with: 0, where: .!isCounted)
    }

    /// e to the power of each of eight numbers in `-87...0`, to two units in the last place.
    ///
    /// `exp(x) = 2ⁿ exp(r)`, `n` being `x / ln 2` rounded, and `exp(r)` Taylor's polynomial of degree 7,
    /// whose error is below 6e-9 for `|r| <= ln 2 / 2`.
    @inline(__always)
    static func exp(_ x: SIMD8<Float>) -> SIMD8<Float> {
        // Adding 1.5 · 2²³ leaves the rounded integer in the low bits of the significand.
        let shifter: Float = 12_582_912
        let shifted = x * Float(1.442_695_04) + shifter
        let n = shifted - shifter
        // ln 2 in two parts, the first short enough that its product with n is exact.
        let r = x - n * Float(0.693_359_375) - n * Float(-2.121_944_4e-4)
        var polynomial = SIMD8<Float>(repeating: 1 / 5040)
        polynomial = polynomial * r + Float(1.0 / 720)
        polynomial = polynomial * r + Float(1.0 / 120)
        polynomial = polynomial * r + Float(1.0 / 24)
        polynomial = polynomial * r + Float(1.0 / 6)
        polynomial = polynomial * r + Float(0.5)
        polynomial = polynomial * r + Float(1)
        polynomial = polynomial * r + Float(1)
        // Both are 256 plain bits; adding n to the exponent field multiplies by 2ⁿ.
        let exponentBits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
        return unsafeBitCast(
            unsafeBitCast(polynomial, to: SIMD8<UInt32>.self) &+ exponentBits, to: SIMD8<Float>.self)
    }
}
