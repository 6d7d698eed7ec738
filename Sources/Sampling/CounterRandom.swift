/// Random numbers that depend on a seed and a counter alone: Philox-4x32-10 (Salmon et al., 2011).
///
/// Drawing needs no state, so that a sequence's n-th token gets the same number in whatever batch it is
/// sampled.
package enum CounterRandom {
    /// A number in `0..<1`, a multiple of 2⁻⁵³.
    package static func uniform(seed: UInt64, counter: UInt64) -> Double {
        let block = philox(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), 0, 0),
            key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
        let bits = UInt64(block.x) << 32 | UInt64(block.y)
        return Double(bits >> 11) * 0x1p-53
    }

    /// The block cipher itself: ten rounds, with multipliers and key increments of the paper.
    package static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var block = counter
        var key = key
        for _ in 0..<10 {
            let left = (0xD251_1F53 as UInt32).multipliedFullWidth(by: block.x)
            let right = (0xCD9E_8D57 as UInt32).multipliedFullWidth(by: block.z)
            block = SIMD4(right.high ^ block.y ^ key.x, right.low, left.high ^ block.w ^ key.y, left.low)
            key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return block
    }
}
