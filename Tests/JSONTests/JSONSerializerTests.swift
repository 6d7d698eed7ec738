import JSON
import Testing

struct JSONSerializerTests {
    private let value: JSONValue = ["b": [1, -2.5, nil, true], "a": ["x": "y"], "e": [], "o": [:]]

    @Test func `the compact style writes no spaces`() {
        #expect(value.serialized() == #"{"b":[1,-2.5,null,true],"a":{"x":"y"},"e":[],"o":{}}"#)
    }

    @Test func `the Python style writes what json.dumps writes`() {
        #expect(
            value.serialized(.python) == #"{"b": [1, -2.5, null, true], "a": {"x": "y"}, "e": [], "o": {}}"#)
    }

    @Test func `the pretty style gives each element a line`() {
        let expected = """
            {
              "b": [
                1
              ],
              "e": []
            }
            """
        #expect((["b": [1], "e": []] as JSONValue).serialized(.pretty) == expected)
    }

    @Test(
        "What JSON must escape is escaped, and nothing else",
        arguments: [
            ("\"\\", #""\"\\""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#), ("\0\u{1F}", #""\u0000\u001f""#),
            ("é😀/\u{7F}\u{2028}", "\"é😀/\u{7F}\u{2028}\""),
        ])
    func escapes(text: String, expected: String) {
        #expect(JSONValue.string(text).serialized() == expected)
    }

    @Test func `numbers that JSON cannot write become null`() {
        #expect(
            ([.double(.infinity), .double(.nan), .double(-.infinity)] as JSONValue).serialized()
                == "[null,null,null]")
    }

    @Test(
        "A number reads back as it was written",
        arguments: [
            0, 0.1, -1.5e-7, 1e300, .leastNonzeroMagnitude, 123_456_789.125, 1e16, .greatestFiniteMagnitude,
        ] as [Double])
    func roundTripsNumbers(number: Double) throws {
        #expect(try JSONValue(parsing: JSONValue.double(number).serialized()).doubleValue == number)
    }
}
