import ArgumentParser

/// A number of bytes as people type it: `4GiB`, `512M`, `2.5G`, `1073741824`.
struct ByteSize: ExpressibleByArgument, Equatable {
    /// The bytes.
    let bytes: Int

    /// Wraps a number of bytes.
    init(bytes: Int) {
        self.bytes = bytes
    }

    /// Reads a number and a unit: K, M, G or T, with or without `iB`, are powers of 1024; with `B` alone of 1000.
    init?(argument: String) {
        let text = argument.lowercased().filter { $0 != " " && $0 != "_" }
        let number = text.prefix { $0.isNumber || $0 == "." }
        guard let value = Double(number), let factor = Self.factor(of: text.dropFirst(number.count)) else {
            return nil
        }
        let bytes = value * factor
        guard bytes >= 1, bytes < 1e18 else { return nil }
        self.bytes = Int(bytes)
    }

    private static func factor(of unit: Substring) -> Double? {
        guard let letter = unit.first, letter != "b" else { return unit.count <= 1 ? 1 : nil }
        guard let power = ["k", "m", "g", "t"].firstIndex(of: String(letter)) else { return nil }
        let base: Double
        switch unit.dropFirst() {
        case "", "i", "ib": base = 1024
        case "b": base = 1000
        default: return nil
        }
        return (0...power).reduce(1) { product, _ in product * base }
    }
}
