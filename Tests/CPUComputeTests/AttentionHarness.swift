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

    /// Rows as the cache holds their keys and values; queries are rounded too.
    private func stored(_ rows: [Float]) -> [Double] {
        switch shape.type {
        case .f16: rows.map { Double(Float16($0)) }
        case .bf16: rows.map { Double(roundedToBF16($0)) }
        case .q8_0:
            stride(from: 0, to: rows.count, by: shape.headDimension).flatMap { first in
                let vector = rows[first..<(first + shape.headDimension)]
                let isValue =
                    first % columns >= (shape.headCount + shape.keyValueHeadCount) * shape.headDimension
                return isValue
                    ? QuantizedVector(vector).elements : spread(QuantizedVector(spread(vector)).elements)
            }
        }
    }

    /// What attention is, in Double: softmax(queries · keys * scale) · values, with the stored numbers.
    func reference(sequence: Int) -> [Float] {
        let dimension = shape.headDimension, group = shape.headCount / shape.keyValueHeadCount
        let rows = sequences[sequence]
        let stored = stored(rows)
        var output: [Float] = []
        for token in 0..<(rows.count / columns) {
            let first = max(0, token + 1 - (window ?? .max - token))
            for head in 0..<shape.headCount {
                let key = (shape.headCount + head / group) * dimension
                let value = key + shape.keyValueHeadCount * dimension
                let scores = (first...token).map { other in
                    (0..<dimension).reduce(0.0) {
                        $0 + Double(rows[token * columns + head * dimension + $1])
                            * stored[other * columns + key + $1]
                    } * Double(scale)
                }
                let weights = scores.map { exp($0 - (scores.max() ?? 0)) }
                let total = weights.reduce(0, +)
                for i in 0..<dimension {
                    let sum = zip(first...token, weights).reduce(0) {
                        $0 + $1.1 * stored[$1.0 * columns + value + i]
                    }
                    output.append(Float(sum / total))
                }
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
