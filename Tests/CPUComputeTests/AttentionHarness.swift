import CPUCompute
import Compute
import Glibc
import TestSupport

/// Sequences of random queries, keys and values, run through a backend's cache and attention in any portions.
struct AttentionHarness {
    let shape: KVCacheShape
    let window: Int?
    let scale: Float
    /// `[sequence][token * columns]`: the queries, keys and values of each token.
    let sequences: [[Float]]
    let columns: Int
    var roundsAttention = true
    /// Blocks of each sequence, scattered over the cache.
    private let blocks: [[Int32]]

    /// One step's share of a sequence: its next `count` tokens.
    struct Portion {
        var sequence: Int
        var count: Int
    }

    init(
        heads: Int, keyValueHeads: Int, dimension: Int, lengths: [Int], window: Int? = nil,
        type: KVCacheType = .f16,
        seed: UInt64 = 7
    ) {
        var random = RepeatableRandom(seed: seed)
        let blockCounts = lengths.map { ($0 + 15) / 16 }
        let total = blockCounts.reduce(0, +)
        shape = KVCacheShape(
            layerCount: 2, headCount: heads, keyValueHeadCount: keyValueHeads, headDimension: dimension,
            blockCount: total + 3, type: type)
        columns = (heads + 2 * keyValueHeads) * dimension
        let (columns, window) = (columns, window)
        self.window = window
        scale = 1 / Float(dimension).squareRoot()
        sequences = lengths.map { random.floats($0 * columns, in: -2...2) }
        var free = (0..<Int32(total + 3)).shuffled(using: &random)
        blocks = blockCounts.map { count in
            defer { free.removeFirst(count) }
            return Array(free.prefix(count))
        }
    }

    /// Runs steps one after another; returns each sequence's attention output, `[sequence][token * width]`.
    ///
    /// With a `leftover`, the cache is full of that number before.
    func run(_ steps: [[Portion]], threads: Int = 1, leftover: Float? = nil) throws -> [[Float]] {
        let slots = shape.blockCount * KVCacheShape.blockTokens
        let stepTokensMax = steps.map { $0.reduce(0) { $0 + $1.count } }.max() ?? 1
        let compute = try CPUCompute(
            threads: threads, stepTokensMax: max(stepTokensMax, slots), logitRowsMax: 1)
        compute.roundsAttention = roundsAttention
        try compute.makeKVCache(shape)
        let qkv = compute.makeActivation(columns: columns)
        let attended = compute.makeActivation(columns: shape.headCount * shape.headDimension)
        let rope = RopeTable(
            cosines: compute.makeVector([Float](repeating: 1, count: slots)),
            sines: compute.makeVector([Float](repeating: 0, count: slots)), dimension: 2, isInterleaved: false
        )
        if let leftover {
            var step = StepLayout()
            step.append(firstPosition: 0, count: slots, blocks: (0..<Int32(shape.blockCount)).map { $0 })
            compute.begin(step)
            compute.rows(of: qkv).update(repeating: leftover)
            compute.rotateAndStore(qkv, rope: rope, layer: 1)
        }
        var results = [[Float]](repeating: [], count: sequences.count)
        var lengths = [Int](repeating: 0, count: sequences.count)
        for portions in steps {
            var step = StepLayout()
            var elements: [Float] = []
            for portion in portions {
                let first = lengths[portion.sequence]
                step.append(
                    firstPosition: first, count: portion.count,
                    blocks: blocks[portion.sequence].prefix((first + portion.count + 15) / 16))
                elements +=
                    sequences[portion.sequence][(first * columns)..<((first + portion.count) * columns)]
                lengths[portion.sequence] += portion.count
            }
            compute.begin(step)
            _ = compute.rows(of: qkv).update(from: elements)
            compute.rotateAndStore(qkv, rope: rope, layer: 1)
            compute.attend(qkv, layer: 1, scale: scale, window: window, into: attended)
            var rows = compute.rows(of: attended)[...]
            for portion in portions {
                let count = portion.count * shape.headCount * shape.headDimension
                results[portion.sequence] += rows.prefix(count)
                rows = rows.dropFirst(count)
            }
        }
        return results
    }

    /// A sequence alone, in portions of at most `size` tokens.
    func portions(of sequence: Int, size: Int) -> [[Portion]] {
        let length = sequences[sequence].count / columns
        return stride(from: 0, to: length, by: size).map {
            [Portion(sequence: sequence, count: min(size, length - $0))]
        }
    }

    /// A head's numbers as the cache holds them, rounded to BF16 where they are multiplied in that.
    private func stored(_ vector: ArraySlice<Float>, isKey: Bool, inBF16: Bool) -> [Double] {
        func multiplied(_ numbers: [Double]) -> [Double] {
            inBF16 ? numbers.map { Double(roundedToBF16(Float($0))) } : numbers
        }
        switch shape.type {
        case .f16: return multiplied(vector.map { Double(Float16($0)) })
        case .bf16: return vector.map { Double(roundedToBF16($0)) }
        case .q8_0:
            return isKey
                ? spread(multiplied(QuantizedVector(spread(vector)).elements))
                : multiplied(QuantizedVector(vector).elements)
        }
    }

    /// A head's query by the scale, rounded to BF16 by log2(e) and as keys lie in the cache where it is multiplied so.
    private func scaled(_ query: ArraySlice<Float>, inBF16: Bool) -> [Double] {
        guard inBF16 else { return query.map { Double($0) * Double(scale) } }
        let factor = scale * Float(M_LOG2E)
        let isSpread = shape.type == .q8_0
        let numbers = query.map { $0 * factor }
        let rounded = (isSpread ? spread(numbers) : numbers).map { Double(roundedToBF16($0)) * M_LN2 }
        return isSpread ? spread(rounded) : rounded
    }

    /// What attention is, in Double: softmax(queries · keys * scale) · values, with the stored numbers.
    ///
    /// With `inBF16`, queries, keys and values are rounded to BF16 before they are multiplied.
    func reference(sequence: Int, inBF16: Bool = false) -> [Float] {
        let dimension = shape.headDimension, group = shape.headCount / shape.keyValueHeadCount
        let tokens = sequences[sequence].count / columns
        let (keys, values) = (shape.headCount, shape.headCount + shape.keyValueHeadCount)
        // [token][head]
        let heads = (0..<tokens).map { token in
            (0..<(values + shape.keyValueHeadCount)).map { head in
                let first = token * columns + head * dimension
                let vector = sequences[sequence][first..<(first + dimension)]
                return head < keys
                    ? scaled(vector, inBF16: inBF16) : stored(vector, isKey: head < values, inBF16: inBF16)
            }
        }
        var output: [Float] = []
        for token in 0..<tokens {
            let first = max(0, token + 1 - (window ?? .max - token))
            for head in 0..<shape.headCount {
                let query = heads[token][head]
                let scores = (first...token).map { other in
                    zip(query, heads[other][keys + head / group]).reduce(0) { $0 + $1.0 * $1.1 }
                }
                let highest = scores.max() ?? 0
                let weights = scores.map { exp($0 - highest) }
                let total = weights.reduce(0, +)
                var sums = [Double](repeating: 0, count: dimension)
                for (other, weight) in zip(first...token, weights) {
                    let value = heads[other][values + head / group]
                    for i in 0..<dimension { sums[i] += weight * value[i] }
                }
                output += sums.map { Float($0 / total) }
            }
        }
        return output
    }
}

extension StepLayout {
    /// Adds a run of tokens 0.
    fileprivate mutating func append(firstPosition: Int, count: Int, blocks: some Sequence<Int32>) {
        runs.append(
            Run(
                firstRow: tokenCount, rowCount: count, firstPosition: firstPosition,
                firstBlock: blockTables.count))
        tokens += [Int32](repeating: 0, count: count)
        positions += (firstPosition..<(firstPosition + count)).map(Int32.init)
        blockTables += blocks
    }
}
