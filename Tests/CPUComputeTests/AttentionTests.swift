import CKernels
import CPUCompute
import Compute
import Testing

struct AttentionTests {
    struct Heads: CustomTestStringConvertible {
        var heads, keyValueHeads, dimension: Int
        var testDescription: String { "\(heads) heads, \(keyValueHeads) KV heads of \(dimension)" }
    }

    private static let shapes = [
        Heads(heads: 1, keyValueHeads: 1, dimension: 8), Heads(heads: 9, keyValueHeads: 3, dimension: 64),
        Heads(heads: 14, keyValueHeads: 2, dimension: 64), Heads(heads: 4, keyValueHeads: 4, dimension: 80),
        Heads(heads: 2, keyValueHeads: 1, dimension: 72), Heads(heads: 8, keyValueHeads: 2, dimension: 96),
        Heads(heads: 4, keyValueHeads: 1, dimension: 128), Heads(heads: 2, keyValueHeads: 1, dimension: 256),
        Heads(heads: 80, keyValueHeads: 2, dimension: 16),
    ]

    /// Whether queries, keys, values and weights are rounded to BF16.
    private static func isBF16(_ isa: nt_isa) -> Bool { isa == NT_ISA_AVX512BF16 }

    /// How far a result may be from a reference with the same queries, keys and values.
    ///
    /// In BF16 each weight is off by its rounding, 2^-9, and by its polynomial, 1e-4. Results are sums over normalised
    /// weights, so that they are off by no more than that part of the distance between two values: 4, for values
    /// between -2 and 2.
    private static func tolerance(_ isa: nt_isa) -> Float { isBF16(isa) ? 4 * (0x1p-9 + 1e-4) : 1e-5 }

    @Test(arguments: instructionSets, shapes)
    func `a token attends to itself and all tokens before it`(isa: nt_isa, heads: Heads) throws {
        let steps = [
            [(0, 1), (1, 15), (2, 16), (3, 17), (4, 33)].map {
                AttentionHarness.Portion(sequence: $0, count: $1)
            }
        ]
        for type in KVCacheType.allCases {
            let harness = AttentionHarness(
                heads: heads.heads, keyValueHeads: heads.keyValueHeads, dimension: heads.dimension,
                lengths: [1, 15, 16, 17, 33], type: type)
            let results = try with(isa) { try harness.run(steps) }
            for (sequence, result) in results.enumerated() {
                let expected = harness.reference(sequence: sequence, inBF16: Self.isBF16(isa))
                #expect(largestDifference(result, expected) < Self.tolerance(isa), "\(type)")
            }
        }
    }

    @Test(arguments: instructionSets, KVCacheType.allCases)
    func `contexts longer than a split are merged`(isa: nt_isa, type: KVCacheType) throws {
        let harness = AttentionHarness(heads: 2, keyValueHeads: 1, dimension: 16, lengths: [1100], type: type)
        let result = try with(isa) { try harness.run(harness.portions(of: 0, size: 700)) }
        let expected = harness.reference(sequence: 0, inBF16: Self.isBF16(isa))
        #expect(largestDifference(result[0], expected) < Self.tolerance(isa))
    }

    @Test(arguments: instructionSets, [1, 2, 15, 16, 17, 40, 600])
    func `a window hides what lies further back`(isa: nt_isa, window: Int) throws {
        let harness = AttentionHarness(
            heads: 3, keyValueHeads: 1, dimension: 8, lengths: [1050], window: window)
        let result = try with(isa) { try harness.run(harness.portions(of: 0, size: 600)) }
        let expected = harness.reference(sequence: 0, inBF16: Self.isBF16(isa))
        #expect(largestDifference(result[0], expected) < Self.tolerance(isa))
    }

    @Test(arguments: instructionSets, KVCacheType.allCases)
    func `nothing is rounded to BF16 unless that is allowed`(isa: nt_isa, type: KVCacheType) throws {
        var harness = AttentionHarness(heads: 3, keyValueHeads: 1, dimension: 64, lengths: [70], type: type)
        harness.roundsAttention = false
        let result = try with(isa) { try harness.run(harness.portions(of: 0, size: 70)) }
        #expect(largestDifference(result[0], harness.reference(sequence: 0)) < 1e-5)
    }

    @Test(arguments: [64, 128], KVCacheType.allCases)
    func `BF16 changes a result by a few thousandths`(dimension: Int, type: KVCacheType) throws {
        guard nt_isa_supported(NT_ISA_AVX512BF16) else { return }
        let harness = AttentionHarness(
            heads: 7, keyValueHeads: 1, dimension: dimension, lengths: [300], type: type)
        let result = try with(NT_ISA_AVX512BF16) { try harness.run(harness.portions(of: 0, size: 300)) }[0]
        let expected = harness.reference(sequence: 0)
        let error = zip(result, expected).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let size = expected.reduce(0.0) { $0 + Double($1 * $1) }
        // Numbers are off by 2^-9 at most, by 2^-9 / sqrt(3) in the mean. Weights add those of queries and keys of a
        // score of standard deviation 4/3, and their own; values add theirs.
        #expect((error / size).squareRoot() < 0x1p-7)
        #expect(error > 0)
    }

    @Test(arguments: instructionSets, [nil, 20, 530] as [Int?])
    func `portions of a prompt change no bit`(isa: nt_isa, window: Int?) throws {
        for type in KVCacheType.allCases {
            let harness = AttentionHarness(
                heads: 6, keyValueHeads: 2, dimension: 40, lengths: [1043], window: window, type: type)
            try with(isa) {
                let whole = try harness.run(harness.portions(of: 0, size: 1043))
                for size in [1, 3, 16, 17, 64, 512] {
                    let portions = try harness.run(harness.portions(of: 0, size: size))
                    #expect(sameBits(portions[0], whole[0]), "\(type) in portions of \(size)")
                }
            }
        }
    }

    @Test(arguments: instructionSets, KVCacheType.allCases)
    func `other sequences in the step change no bit`(isa: nt_isa, type: KVCacheType) throws {
        let harness = AttentionHarness(
            heads: 14, keyValueHeads: 2, dimension: 64, lengths: [70, 33, 5, 100], type: type)
        typealias Portion = AttentionHarness.Portion
        let steps = [
            [
                Portion(sequence: 3, count: 61), Portion(sequence: 0, count: 30),
                Portion(sequence: 2, count: 4),
            ],
            [
                Portion(sequence: 1, count: 33), Portion(sequence: 2, count: 1),
                Portion(sequence: 0, count: 39),
            ],
            [Portion(sequence: 0, count: 1), Portion(sequence: 3, count: 39)],
        ]
        try with(isa) {
            let together = try harness.run(steps)
            for sequence in 0..<4 {
                let alone = try harness.run(harness.portions(of: sequence, size: 1000))
                #expect(sameBits(together[sequence], alone[sequence]), "sequence \(sequence)")
            }
        }
    }

    @Test(arguments: [nil, 700] as [Int?], KVCacheType.allCases)
    func `threads that share a long context change no bit`(window: Int?, type: KVCacheType) throws {
        let harness = AttentionHarness(
            heads: 2, keyValueHeads: 1, dimension: 64, lengths: [2100, 40], window: window, type: type)
        typealias Portion = AttentionHarness.Portion
        let steps =
            [[Portion(sequence: 0, count: 2090)]]
            + (0..<10).map {
                [Portion(sequence: 1, count: $0 + 1), Portion(sequence: 0, count: 1)].suffix($0 < 8 ? 2 : 1)
            }
        let alone = try harness.run(steps, threads: 1)
        for threads in [2, 3, 8] {
            let shared = try harness.run(steps, threads: threads)
            #expect(sameBits(shared[0], alone[0]) && sameBits(shared[1], alone[1]), "\(threads) threads")
        }
    }

    @Test(arguments: instructionSets, KVCacheType.allCases)
    func `what earlier owners left in a block is not seen`(isa: nt_isa, type: KVCacheType) throws {
        let harness = AttentionHarness(heads: 2, keyValueHeads: 1, dimension: 16, lengths: [21], type: type)
        try with(isa) {
            for size in [1, 7, 21] {
                let clean = try harness.run(harness.portions(of: 0, size: size))
                let reused = try harness.run(harness.portions(of: 0, size: size), leftover: .nan)
                #expect(sameBits(reused[0], clean[0]))
            }
        }
    }
}
