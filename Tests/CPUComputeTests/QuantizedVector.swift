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

/// The Walsh-Hadamard transform of each run of n numbers, by 1/sqrt(n), where n is the largest power of two that divides
/// their count: its own inverse.
func spread<Number: BinaryFloatingPoint>(_ numbers: some Collection<Number>) -> [Number] {
    var numbers = Array(numbers)
    let run = numbers.count & -numbers.count
    var half = 1
    while half < run {
        for i in numbers.indices where i & half == 0 {
            let (first, second) = (numbers[i], numbers[i + half])
            numbers[i] = first + second
            numbers[i + half] = first - second
        }
        half *= 2
    }
    let scale = 1 / Number(run).squareRoot()
    return numbers.map { $0 * scale }
}
