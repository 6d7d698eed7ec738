import Glibc

/// The tokens that are still in the draw, in order of id, and the scratch that cuts need.
///
/// Allocated once for a vocabulary; one thread at a time uses it.
struct Candidates: ~Copyable {
    /// How many there are.
    private(set) var count = 0
    /// Their ids, `[count]` in use.
    private let indices: UnsafeMutableBufferPointer<Int32>
    /// Their logits, or weights after ``weigh(_:)``.
    private let values: UnsafeMutableBufferPointer<Float>
    /// A copy of the values that a selection may reorder.
    private let scratch: UnsafeMutableBufferPointer<Float>

    init(vocabularySize: Int) {
        indices = .allocate(capacity: vocabularySize)
        values = .allocate(capacity: vocabularySize)
        scratch = .allocate(capacity: vocabularySize)
    }

    deinit {
        indices.deallocate()
        values.deallocate()
        scratch.deallocate()
    }

    /// Takes the tokens whose logits are at least `floor`, in place of those before.
    mutating func gather(from row: LogitRow, floor: Float) {
        count = 0
        var index = 0
        while index < row.count {
            let lanes = row.lanes(at: index)
            let isTaken = lanes .>= floor
            if any(isTaken) {
                for lane in 0..<min(LogitRow.width, row.count - index) where isTaken[lane] {
                    indices[count] = Int32(truncatingIfNeeded: index + lane)
                    values[count] = lanes[lane]
                    count += 1
                }
            }
            index += LogitRow.width
        }
    }

    /// Keeps the `limit` greatest, and all that equal the last of them.
    mutating func keepGreatest(_ limit: Int) {
        guard limit < count else { return }
        let threshold = Selection.greatest(limit, of: copiedValues())
        keep { value in value >= threshold }
    }

    /// Turns logits into weights.
    mutating func weigh(_ softmax: Softmax) {
        var index = 0
        let row = LogitRow(logits: UnsafeMutableBufferPointer(rebasing: values[..<count]))
        while index < count {
            let weights = softmax.weights(of: row.lanes(at: index))
            for lane in 0..<min(LogitRow.width, count - index) { values[index + lane] = weights[lane] }
            index += LogitRow.width
        }
    }

    /// The sum of the values.
    func mass() -> Double {
        values[..<count].reduce(0) { $0 + Double($1) }
    }

    /// Keeps the fewest whose weights sum to at least `mass`, the greatest first and of equals those with
    /// lower ids.
    mutating func keepNucleus(reaching mass: Double) {
        guard count > 1 else { return }
        // One token at least is kept.
        let mass = max(mass, .leastNonzeroMagnitude)
        let threshold = Selection.nucleus(reaching: mass, in: copiedValues())
        var missing = mass - values[..<count].reduce(0) { $1 > threshold ? $0 + Double($1) : $0 }
        keep { value in
            guard value == threshold else { return value > threshold }
            defer { missing -= Double(value) }
            return missing > 0
        }
    }

    /// Keeps the tokens whose information is nearest to the entropy of the weights, until they sum to at least
    /// `share` of all; of tokens that are equally near, those with lower ids.
    ///
    /// - Complexity: O(n log n).
    mutating func keepTypical(_ share: Double) {
        let total = mass()
        guard count > 1, total > 0 else { return }
        let information = values[..<count].map { $0 > 0 ? -log(Double($0) / total) : .infinity }
        let entropy = zip(values[..<count], information).reduce(0.0) { sum, next in
            next.0 > 0 ? sum + Double(next.0) / total * next.1 : sum
        }
        let distances = information.map { abs($0 - entropy) }
        let order = distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
        var isKept = Array(repeating: false, count: count)
        var reached = 0.0
        for position in order where reached < share * total {
            isKept[position] = true
            reached += Double(values[position])
        }
        var position = -1
        keep { _ in
            position += 1
            return isKept[position]
        }
    }

    /// The token at which the running sum of weights exceeds `fraction` of their total, or none if all are 0.
    func draw(_ fraction: Double) -> Int? {
        var target = fraction * mass()
        var last: Int?
        for position in 0..<count where values[position] > 0 {
            last = Int(indices[position])
            target -= Double(values[position])
            if target < 0 { break }
        }
        return last
    }

    private func copiedValues() -> UnsafeMutableBufferPointer<Float> {
        let copy = UnsafeMutableBufferPointer(rebasing: scratch[..<count])
        _ = copy.update(fromContentsOf: values[..<count])
        return copy
    }

    private mutating func keep(_ isKept: (Float) -> Bool) {
        var keptCount = 0
        for position in 0..<count where isKept(values[position]) {
            indices[keptCount] = indices[position]
            values[keptCount] = values[position]
            keptCount += 1
        }
        count = keptCount
    }
}
