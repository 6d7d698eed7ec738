import Sampling
import Testing

struct CounterRandomTests {
    /// The known answers that come with the paper's own implementation (Random123, `kat_vectors`).
    @Test func `the cipher gives the paper's known answers`() {
        let ones = UInt32.max
        #expect(
            CounterRandom.philox(counter: .zero, key: .zero)
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            CounterRandom.philox(counter: SIMD4(repeating: ones), key: SIMD2(repeating: ones))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            CounterRandom.philox(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func `numbers spread evenly over seeds and over counters`() {
        for isSeedVaried in [true, false] {
            var counts = [Int](repeating: 0, count: 20)
            for number in 0..<UInt64(20_000) {
                let seed = isSeedVaried ? number : 5
                let uniform = CounterRandom.uniform(seed: seed, counter: isSeedVaried ? 5 : number)
                #expect(uniform >= 0 && uniform < 1)
                counts[Int(uniform * 20)] += 1
            }
            // Chi square with 19 degrees of freedom: 43.8 is exceeded once in a thousand.
            let chiSquare = counts.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
            #expect(chiSquare < 43.8, "\(counts)")
        }
    }
}
