import JSON
import OrderedCollections

/// A number of a schema, digit by digit.
struct DecimalNumber: Hashable, Sendable {
    var isNegative: Bool
    /// Without leading zeros but for a single one.
    var whole: [UInt8]
    /// Without trailing zeros.
    var fraction: [UInt8]

    /// The number as it is written, or nil where the value is no number.
    init?(_ value: JSONValue) {
        switch value {
        case .int(let int): self.init(text: int.description)
        case .double(let double): self.init(text: double.description)
        default: return nil
        }
    }

    /// Reads what Swift writes: `-1.5e-07`.
    private init?(text: String) {
        var rest = Substring(text)
        isNegative = rest.hasPrefix("-")
        if isNegative { rest.removeFirst() }
        let parts = rest.split(separator: "e", omittingEmptySubsequences: false)
        guard let mantissa = parts.first else { return nil }
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let halves = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        guard let head = halves.first else { return nil }
        var whole = head.utf8.map { $0 &- 0x30 }
        var fraction = halves.count > 1 ? halves[1].utf8.map { $0 &- 0x30 } : []
        guard (whole + fraction).allSatisfy({ $0 < 10 }), -400...400 ~= exponent else { return nil }
        for _ in 0..<max(exponent, 0) { whole.append(fraction.isEmpty ? 0 : fraction.removeFirst()) }
        for _ in 0..<max(-exponent, 0) { fraction.insert(whole.popLast() ?? 0, at: 0) }
        while whole.first == 0, whole.count > 1 { whole.removeFirst() }
        while fraction.last == 0 { fraction.removeLast() }
        self.whole = whole.isEmpty ? [0] : whole
        self.fraction = fraction
        if isZero { isNegative = false }
    }

    var isZero: Bool { whole == [0] && fraction.isEmpty }

    /// All digits as one integer, which counts 10 to the power of minus the fraction's digits; nil where it is huge.
    var scaled: Int? {
        guard whole.count + fraction.count <= 15 else { return nil }
        return (whole + fraction).reduce(0) { $0 * 10 + Int($1) }
    }

    /// The digits as JSON.
    var text: String {
        let digits = { (digits: [UInt8]) in String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self) }
        return (isNegative ? "-" : "") + digits(whole) + (fraction.isEmpty ? "" : "." + digits(fraction))
    }
}

extension JSONValue {
    /// The value in the form that it shares with all that are the same to JSON Schema: numbers by what they are worth,
    /// members in any order.
    var normalized: JSONValue {
        switch self {
        case .int, .double: DecimalNumber(self).map { ["": .string($0.text)] } ?? self
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members):
            .object(
                OrderedDictionary(
                    uniqueKeysWithValues: members.mapValues(\.normalized).sorted { $0.key < $1.key }))
        default: self
        }
    }
}
