import Glibc

/// A vector in GGUF's Q8_0 by its definition: for each 32 numbers a scale, and what they are in units of it.
struct QuantizedVector {
    var scales: [Float16] = []
    var numbers: [Int8] = []

    init(_ vector: some Collection<Float>) {
        var rest = Array(vector)[...]
        while !rest.isEmpty {
            let group = rest.prefix(32)
            rest = rest.dropFirst(32)
            let largest = group.reduce(0) { $1.isNaN ? .nan : $0.isNaN ? .nan : max($0, abs($1)) }
            let scale = largest / 127
            guard Float16(scale).isFinite else {
                scales.append(.nan)
                numbers += group.map { _ in 0 }
                continue
            }
            scales.append(Float16(scale))
            numbers += group.map {
                Float16(scale) == 0 ? 0 : Int8(($0 * (1 / scale)).rounded(.toNearestOrEven))
            }
        }
    }

    /// The numbers that it stands for.
    var elements: [Double] { numbers.enumerated().map { Double($1) * Double(scales[$0 / 32]) } }
}
