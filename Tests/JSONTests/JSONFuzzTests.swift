import JSON
import OrderedCollections
import TestSupport
import Testing

struct JSONFuzzTests {
    @Test("A random value reads back as it was written, in every style", arguments: UInt64(0)..<200)
    func roundTrips(seed: UInt64) throws {
        var random = RepeatableRandom(seed: seed)
        let value = Self.value(depth: 5, &random)
        for style in [JSONValue.Style.compact, .python, .pretty] {
            #expect(try JSONValue(parsing: value.serialized(style)) == value, "seed \(seed)")
        }
    }

    @Test("A damaged text gives a value or an error with a place inside it", arguments: UInt64(0)..<2_000)
    func survivesDamage(seed: UInt64) throws {
        var random = RepeatableRandom(seed: seed)
        var bytes = Self.value(depth: 4, &random).serializedBytes()
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[position] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.insert(Array("[]{}\":,\\u".utf8).randomElement(using: &random) ?? 0, at: position)
            case 2: bytes.removeSubrange(position...)
            default: bytes.append(contentsOf: bytes[position...])
            }
            if bytes.isEmpty { break }
        }
        do {
            let value = try JSONValue(parsing: bytes)
            #expect(try JSONValue(parsing: value.serializedBytes()) == value, "seed \(seed)")
        } catch {
            #expect(
                (0...bytes.count).contains(error.offset) && error.line >= 1 && error.column >= 1,
                "seed \(seed)")
        }
    }

    private static func value(depth: Int, _ random: inout RepeatableRandom) -> JSONValue {
        let count = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int.random(in: .min ... .max, using: &random))
        case 3: return .double(Double.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: return .string(text(&random))
        case 5: return .array((0..<count).map { _ in value(depth: depth - 1, &random) })
        default:
            return .object(
                OrderedDictionary(
                    (0..<count).map { _ in (text(&random), value(depth: depth - 1, &random)) },
                    uniquingKeysWith: { _, last in last }))
        }
    }

    private static func text(_ random: inout RepeatableRandom) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            let number = UInt32.random(
                in: 0...(Bool.random(using: &random) ? 0x7F : 0x10FFFF), using: &random)
            text.unicodeScalars.append(Unicode.Scalar(number) ?? "?")
        }
        return text
    }
}
