import CKernels
import Compute
import TestSupport
import Testing

/// Keys and values in Q8_0, as they lie in a block.
struct QuantizedCacheTests {
    private static let dimensions = [8, 24, 32, 40, 64, 72, 80, 128, 256]

    /// A vector's numbers and scales as bytes, read from a block at every `stride`th.
    private struct Slot {
        let block: [UInt8]
        let dimension: Int
        let head: Int
        let slot: Int

        private var groups: Int { (dimension + 31) / 32 }
        private var keys: Int { head * nt_kv_head_bytes(NT_KV_Q8_0, dimension) }
        private var values: Int { keys + 16 * nt_kv_vector_bytes(NT_KV_Q8_0, dimension) }

        private func number(at place: Int) -> Int8 { Int8(bitPattern: block[place]) }
        private func scale(at place: Int) -> UInt16 { UInt16(block[place]) | UInt16(block[place + 1]) << 8 }

        var keyNumbers: [Int8] { (0..<dimension).map { number(at: keys + $0 * 16 + slot) } }
        var keyScales: [UInt16] {
            (0..<groups).map { scale(at: keys + 16 * dimension + 2 * ($0 * 16 + slot)) }
        }
        var valueNumbers: [Int8] { (0..<dimension).map { number(at: values + slot * dimension + $0) } }
        var valueScales: [UInt16] {
            (0..<groups).map { scale(at: values + 16 * dimension + 2 * (slot * groups + $0)) }
        }
    }

    /// Stores one token's keys and values with an instruction set.
    private func store(
        _ isa: nt_isa, keys: [Float], values: [Float], dimension: Int, slot: Int, in block: inout [UInt8]
    ) {
        // Blocks lie at even addresses.
        var aligned = [UInt16](repeating: 0, count: block.count / 2)
        aligned.withUnsafeMutableBytes { $0.copyBytes(from: block) }
        with(isa) {
            nt_store_kv(NT_KV_Q8_0, keys, values, keys.count / dimension, dimension, slot, &aligned)
        }
        block = aligned.withUnsafeBytes { Array($0) }
    }

    /// Stores one head of numbers as values, and returns their scales and numbers.
    private func stored(_ isa: nt_isa, _ numbers: [Float]) -> (scales: [Float16], numbers: [Int8]) {
        var block = [UInt8](repeating: 0x55, count: nt_kv_head_bytes(NT_KV_Q8_0, numbers.count))
        let keys = [Float](repeating: 0, count: numbers.count)
        store(isa, keys: keys, values: numbers, dimension: numbers.count, slot: 3, in: &block)
        let slot = Slot(block: block, dimension: numbers.count, head: 0, slot: 3)
        return (slot.valueScales.map(Float16.init(bitPattern:)), slot.valueNumbers)
    }

    /// Stores one head of numbers as keys, and returns their scales and numbers.
    private func storedKeys(_ isa: nt_isa, _ numbers: [Float]) -> QuantizedVector {
        var block = [UInt8](repeating: 0x55, count: nt_kv_head_bytes(NT_KV_Q8_0, numbers.count))
        let values = [Float](repeating: 0, count: numbers.count)
        store(isa, keys: numbers, values: values, dimension: numbers.count, slot: 12, in: &block)
        let slot = Slot(block: block, dimension: numbers.count, head: 0, slot: 12)
        var vector = QuantizedVector([])
        vector.scales = slot.keyScales.map(Float16.init(bitPattern:))
        vector.numbers = slot.keyNumbers
        return vector
    }

    @Test(arguments: instructionSets, dimensions)
    func `keys and values go into a token's slot and no other`(isa: nt_isa, dimension: Int) {
        var random = RepeatableRandom(seed: 5)
        let heads = 3
        var block = (0..<(heads * nt_kv_head_bytes(NT_KV_Q8_0, dimension))).map { _ in
            UInt8.random(in: 0...255, using: &random)
        }
        for place in [0, 5, 15] {
            let before = block
            let keys = random.floats(heads * dimension, in: -3...3)
            let values = random.floats(heads * dimension, in: -0.01...0.01)
            store(isa, keys: keys, values: values, dimension: dimension, slot: place, in: &block)
            for head in 0..<heads {
                let range = (head * dimension)..<((head + 1) * dimension)
                let key = QuantizedVector(spread(keys[range])), value = QuantizedVector(values[range])
                for other in 0..<16 {
                    let now = Slot(block: block, dimension: dimension, head: head, slot: other)
                    let old = Slot(block: before, dimension: dimension, head: head, slot: other)
                    let isOurs = other == place
                    #expect(now.keyNumbers == (isOurs ? key.numbers : old.keyNumbers))
                    #expect(now.keyScales == (isOurs ? key.scales.map(\.bitPattern) : old.keyScales))
                    #expect(now.valueNumbers == (isOurs ? value.numbers : old.valueNumbers))
                    #expect(now.valueScales == (isOurs ? value.scales.map(\.bitPattern) : old.valueScales))
                }
            }
        }
    }

    @Test(arguments: instructionSets)
    func `the largest number is 127 units, and the others are rounded, ties to even`(isa: nt_isa) {
        let numbers: [Float] = [127, 0.5, 1.5, -2.5, -126.5, 0.49, -0.51, 0]
        let (scales, quantized) = stored(isa, numbers)
        #expect(scales == [1])
        #expect(quantized == [127, 0, 2, -2, -126, 0, -1, 0])
        let halves = stored(isa, numbers.map { $0 / -2 })
        #expect(halves.scales == [0.5] && halves.numbers == quantized.map { -$0 })
    }

    @Test(arguments: instructionSets, dimensions)
    func `a number is off by little more than half a unit`(isa: nt_isa, dimension: Int) {
        var random = RepeatableRandom(seed: 6)
        for size: Float in [0.1, 1, 1e6] {
            let numbers = random.floats(dimension, in: -size...size)
            let (scales, quantized) = stored(isa, numbers)
            for (i, number) in numbers.enumerated() {
                // The scale itself is rounded to 11 bits: 127 of them are off by 1/16 at most.
                let unit = Float(scales[i / 32])
                #expect(unit.isNormal && abs(Float(quantized[i]) * unit - number) <= 0.57 * unit)
            }
        }
    }

    @Test(arguments: instructionSets)
    func `a group without a scale vanishes, and one of the smallest scale does not overflow`(isa: nt_isa) {
        for numbers: [Float] in [[0], [-0.0], [.leastNonzeroMagnitude], [127 * 0x1p-25]] {
            let (scales, quantized) = stored(isa, Array(repeatElement(numbers[0], count: 8)))
            #expect(scales == [0] && quantized == [Int8](repeating: 0, count: 8), "\(numbers)")
        }
        let smallest = stored(isa, [127 * 0x1.7p-24, -127 * 0x1.7p-24, 0, 0, 0, 0, 0, 0])
        #expect(smallest.scales == [0x1p-24] && smallest.numbers == [127, -127, 0, 0, 0, 0, 0, 0])
        let largest = stored(isa, [127 * 65504, -127 * 65504, 0, 0, 0, 0, 0, 0])
        #expect(largest.scales == [65504] && largest.numbers == [127, -127, 0, 0, 0, 0, 0, 0])
    }

    @Test(arguments: instructionSets, [Float.nan, -.signalingNaN, .infinity, -.infinity, 127 * 65520, -3e38])
    func `a number that cannot be stored makes its group none, and no other`(isa: nt_isa, number: Float) {
        for place in [0, 31, 32, 63, 64, 71] {
            var numbers = [Float](repeating: 2, count: 72)
            numbers[place] = number
            let (scales, quantized) = stored(isa, numbers)
            for group in 0..<3 {
                let isNone = group == place / 32
                #expect(scales[group].isNaN == isNone, "\(number) at \(place)")
                let range = (32 * group)..<min(72, 32 * group + 32)
                #expect(quantized[range].allSatisfy { $0 == (isNone ? 0 : 127) })
            }
        }
    }

    @Test(arguments: instructionSets, [Float.nan, .infinity])
    func `a key that has none makes the groups that it is spread over none`(isa: nt_isa, number: Float) {
        for place in [0, 31, 32, 63, 64, 71] {
            var numbers = [Float](repeating: 2, count: 72)
            numbers[place] = number
            let key = storedKeys(isa, numbers)
            for group in 0..<3 { #expect(key.scales[group].isNaN == (group == place / 32)) }
            #expect(key.elements.filter(\.isNaN).count == (place < 64 ? 32 : 8))
        }
    }

    @Test(arguments: instructionSets, [64, 80, 128])
    func `a key's large number leaves bits to the others`(isa: nt_isa, dimension: Int) {
        var random = RepeatableRandom(seed: 8)
        var numbers = random.floats(dimension)
        numbers[5] = 300
        numbers[5 + dimension / 2] = -200
        func error(_ elements: [Double]) -> Double {
            let squares = zip(elements, numbers).reduce(0) {
                $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1))
            }
            return (squares / Double(dimension)).squareRoot()
        }
        // A unit without spreading is over 1, so that most of the numbers up to 1 would vanish.
        let plain = error(QuantizedVector(numbers).elements)
        let ours = error(spread(storedKeys(isa, numbers).elements))
        #expect(ours < 0.75 * plain, "\(ours) of \(plain)")
    }

    @Test(arguments: KVCacheType.allCases)
    func `a block takes the bytes that its shape says`(type: KVCacheType) {
        let kernelType =
            switch type {
            case .f16: NT_KV_F16
            case .bf16: NT_KV_BF16
            case .q8_0: NT_KV_Q8_0
            }
        for dimension in stride(from: 8, through: 256, by: 8) {
            let shape = KVCacheShape(
                layerCount: 5, headCount: 6, keyValueHeadCount: 3, headDimension: dimension, blockCount: 1,
                type: type)
            #expect(shape.bytesPerBlock == 5 * 3 * nt_kv_head_bytes(kernelType, dimension))
            // Heads begin at cache lines.
            #expect(nt_kv_head_bytes(kernelType, dimension) % 64 == 0)
        }
        for (dimension, bytes) in [(8, 10), (40, 44), (64, 68), (80, 86), (128, 136), (256, 272)] {
            #expect(type.vectorBytes(dimension) == (type == .q8_0 ? bytes : 2 * dimension))
        }
    }
}
