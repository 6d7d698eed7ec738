import JSON
import OrderedCollections
import Testing

struct JSONParserTests {
    @Test(
        "Each kind of value is read",
        arguments: [
            ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .int(0)),
            ("-12", .int(-12)),
            ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("1.5", .double(1.5)), ("-0.25e2", .double(-25)), ("1E+2", .double(100)), ("\"\"", .string("")),
            ("[ ]", .array([])), ("{ }", .object([:])), ("[1,[2]]", [1, [2]]),
            ("{\"a\":{\"b\":[]}}", ["a": ["b": []]]),
        ] as [(String, JSONValue)])
    func readsValues(text: String, expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
    }

    @Test(
        "Escapes become the characters they stand for",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u4E2D""#, "Aé中"),
            (#""\ud83d\ude00!""#, "😀!"), (#""a\u0000b""#, "a\0b"), (#""é😀""#, "é😀"),
            (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\n""#, "\u{FFFD}\n"),
        ])
    func readsEscapes(text: String, expected: String) throws {
        #expect(try JSONValue(parsing: text) == .string(expected))
    }

    @Test func `an object keeps the order of its members`() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#)
        #expect(value.objectValue?.keys.elements == ["z", "a", "m"])
    }

    @Test func `of members with one name the last counts in the first one's place`() throws {
        let value = try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value == ["a": 3, "b": 2])
        #expect(value.objectValue?.keys.elements == ["a", "b"])
    }

    @Test func `a byte order mark before the text is passed over`() throws {
        #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array("[1]".utf8)) == [1])
    }

    @Test func `no bytes at all are refused like an empty text`() {
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        #expect(throws: JSONError.self) { try JSONValue(parsing: "") }
    }

    @Test(
        "A fault is reported at its line and column",
        arguments: [
            ("", 1, 1), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("{\n  \"a\": tru\n}", 2, 8),
            ("[1]\n\n x", 3, 2),
            ("{a:1}", 1, 2), ("[1 2]", 1, 4), ("01", 1, 2), ("-", 1, 2), ("1.", 1, 3), ("1e", 1, 3),
            ("+1", 1, 1),
            (".5", 1, 1), ("NaN", 1, 1), ("1e999", 1, 1), ("\"abc", 1, 5), (#""\x""#, 1, 3),
            (#""\u12g4""#, 1, 6),
            ("\"a\nb\"", 1, 3), ("[", 1, 2), ("{\"a\":1,}", 1, 8), ("'a'", 1, 1), ("[1}", 1, 3),
            ("nul", 1, 1),
        ])
    func placesFaults(text: String, line: Int, column: Int) throws {
        let error = try #require(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error.line == line && error.column == column, "\(error)")
    }

    @Test(
        "Bytes that are not UTF-8 are refused",
        arguments: [[0x80], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func refusesInvalidUTF8(bytes: [UInt8]) throws {
        for prefix in ["\"", "\"\\n"] {
            let error = try #require(throws: JSONError.self) {
                try JSONValue(parsing: Array(prefix.utf8) + bytes + [UInt8(ascii: "\"")])
            }
            #expect(error.reason == "the string is not valid UTF-8")
        }
    }

    @Test func `nesting is accepted up to the limit and refused beyond it`() throws {
        let limits = JSONLimits(depthMax: 3)
        #expect(throws: Never.self) { try JSONValue(parsing: "[[[1]]]", limits: limits) }
        #expect(throws: Never.self) { try JSONValue(parsing: "[[[]],[[]],{\"a\":{}}]", limits: limits) }
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: "[[[[1]]]]", limits: limits)
        }
        #expect(error.reason == "nested deeper than 3 levels")
        #expect(throws: JSONError.self) {
            try JSONValue(parsing: String(repeating: "[{\"a\":", count: 1_000_000))
        }
    }

    @Test func `more values than the limit are refused`() throws {
        let limits = JSONLimits(valuesMax: 4)
        #expect(throws: Never.self) { try JSONValue(parsing: "[1,2,3]", limits: limits) }
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: "[1,2,3,4]", limits: limits)
        }
        #expect(error.reason == "more than 4 values")
    }
}
