/// Numbers as people read them.
enum Quantities {
    /// Bytes with a binary unit and three digits: `94.1 MiB`.
    static func bytes(_ count: Int) -> String {
        var (value, unit) = (Double(count), 0)
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0
            ? "\(count) B" : "\(decimal(value, digits: value < 10 ? 2 : value < 100 ? 1 : 0)) \(units[unit])"
    }

    /// A whole number with commas: `186,413`.
    static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// A count of parameters: `135 M`, `7.6 B`.
    static func parameters(_ value: Int) -> String {
        let (scaled, unit) = value >= 1_000_000_000 ? (Double(value) / 1e9, "B") : (Double(value) / 1e6, "M")
        return "\(decimal(scaled, digits: scaled < 10 ? 1 : 0)) \(unit)"
    }

    /// A number with so many digits after the point.
    static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return value.description }
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let rounded = Int((value.magnitude * Double(scale)).rounded())
        let fraction = digits > 0 ? String(rounded % scale) : ""
        let padded = String(repeating: "0", count: digits - fraction.count) + fraction
        return (value < 0 && rounded > 0 ? "-" : "") + "\(rounded / scale)" + (digits > 0 ? "." + padded : "")
    }
}
