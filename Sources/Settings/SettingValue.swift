import JSON

/// What values a setting takes.
package enum ValueKind: Sendable, Equatable {
    case text
    /// Several texts; in a variable they are separated by commas, or they are a JSON array, as vLLM has it.
    case list
    /// Yes or no; as a flag it stands alone.
    case flag
    case integer(ClosedRange<Int>)
    /// An integer, or `auto` (also `-1`), which stands for no value.
    case integerOrAuto(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// Bytes, such as `2GiB`.
    case size
    case choice([String])
}

/// A setting's value, read once.
package enum SettingValue: Sendable, Equatable {
    case text(String)
    case list([String])
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case bytes(Int)
}

/// Why a text is no value of a setting; a sentence's second half: `must be 0 to 65535, not 70000`.
package struct ValueProblem: Error, Equatable {
    package let text: String
}

extension ValueKind {
    /// Reads what a person gave.
    ///
    /// - Returns: The value; nil for `auto`, where there is such a thing.
    /// - Throws: ``ValueProblem`` with the limit and the value; of a list never the value, since it may be
    /// secret.
    package func value(of texts: [String]) throws(ValueProblem) -> SettingValue? {
        if self == .list {
            let texts = texts.count == 1 ? Self.elements(ofArray: texts[0]) ?? texts : texts
            guard !texts.isEmpty, !texts.contains(where: \.isEmpty) else {
                throw ValueProblem(text: "must not hold an empty entry")
            }
            return .list(texts)
        }
        guard texts.count == 1, let text = texts.first else {
            throw ValueProblem(text: "must be one value, not \(texts.count)")
        }
        return try value(of: text)
    }

    /// The texts of a JSON array of texts; nil where the text is something else.
    static func elements(ofArray text: String) -> [String]? {
        guard text.hasPrefix("["), let elements = try? JSONValue(parsing: text).arrayValue else { return nil }
        let texts = elements.compactMap(\.stringValue)
        return texts.count == elements.count ? texts : nil
    }

    private func value(of text: String) throws(ValueProblem) -> SettingValue? {
        guard !text.isEmpty else { throw ValueProblem(text: "must not be empty") }
        guard !text.unicodeScalars.contains("\0") else { throw ValueProblem(text: "must not hold a NUL") }
        let problem = ValueProblem(text: "must be \(summary), not \(text.shown)")
        switch self {
        case .text, .list:
            return .text(text)
        case .flag:
            switch text.lowercased() {
            case "true", "1", "yes", "on": return .flag(true)
            case "false", "0", "no", "off": return .flag(false)
            default: throw problem
            }
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else { throw problem }
            return .integer(number)
        case .integerOrAuto(let range):
            if text == "auto" || text == "-1" { return nil }
            guard let number = Int(text), range.contains(number) else { throw problem }
            return .integer(number)
        case .number(let range):
            guard let number = Double(text), range.contains(number) else { throw problem }
            return .number(number)
        case .size:
            guard let bytes = byteCount(of: text) else { throw problem }
            return .bytes(bytes)
        case .choice(let names):
            guard names.contains(text) else { throw problem }
            return .text(text)
        }
    }

    /// What is allowed, for people: `0 to 65535`.
    package var summary: String {
        switch self {
        case .text: "a text"
        case .list: "a list, with commas between its entries"
        case .flag: "true or false"
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .integerOrAuto(let range): "auto, or an integer from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .size: "a size such as 2GiB, from 1 byte to 1 EB"
        case .choice(let names): "one of " + names.joined(separator: ", ")
        }
    }
}

/// The bytes that `4GiB`, `512M`, `2.5G` or `1073741824` stand for: K, M, G and T, with or without `iB`,
/// are powers of 1024; with `B` alone of 1000.
private func byteCount(of text: String) -> Int? {
    let text = text.lowercased()
    let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    guard let value = Double(number) else { return nil }
    let unit = text.dropFirst(number.count)
    let factor: Double
    if unit.isEmpty || unit == "b" {
        factor = 1
    } else {
        guard let power = Array("kmgt").firstIndex(where: { $0 == unit.first }) else { return nil }
        let base: Double
        switch unit.dropFirst() {
        case "", "i", "ib": base = 1024
        case "b": base = 1000
        default: return nil
        }
        factor = (0...power).reduce(1) { product, _ in product * base }
    }
    let bytes = value * factor
    return bytes >= 1 && bytes < 1e18 ? Int(bytes) : nil
}
