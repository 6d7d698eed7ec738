/// Figures as people read them, and as the system writes them.
enum Figures {
    /// Bytes with a binary unit and about three digits: `7.78 GiB`.
    static func bytes(_ count: Int) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, unit) = (Double(max(0, count)), 0)
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0
            ? "\(count) B" : "\(decimal(value, digits: value < 10 ? 2 : value < 100 ? 1 : 0)) \(units[unit])"
    }

    /// A number from 0 on with so many digits after the point, at most 3.
    static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, value >= 0, value < 1e12 else { return value.description }
        let scale = [1, 10, 100, 1000][max(0, min(digits, 3))]
        let rounded = Int((value * Double(scale)).rounded())
        guard scale > 1 else { return "\(rounded)" }
        return "\(rounded / scale)." + String(String(scale + rounded % scale).dropFirst())
    }

    /// `1 core`, `2 cores`.
    static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// Bytes of a number of KiB as `/proc/meminfo` writes it, `16384 kB`.
    static func kibibytes(_ text: String) -> Int? {
        guard let count = text.split(separator: " ").first.flatMap({ Int($0) }), count >= 0,
            count <= Int.max >> 10
        else { return nil }
        return count << 10
    }

    /// How many numbers a list such as `0-3,8` names.
    static func listLength(_ text: String) -> Int? {
        var length = 0
        for part in text.split(separator: ",") {
            let bounds = part.split(separator: "-").map { Int($0) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2,
                first >= 0, last >= first, last < 1 << 20
            else { return nil }
            length += last - first + 1
        }
        return length > 0 ? length : nil
    }
}
