import JSON
import Testing

struct JSONValueTests {
    @Test func `members and elements are found, and absence is nil`() {
        let value: JSONValue = ["a": [1, "two"], "b": nil]
        #expect(value["a"]?[1] == "two")
        #expect(value["a"]?[2] == nil && value["a"]?[-1] == nil)
        #expect(value["c"] == nil && value["a"]?["x"] == nil && value[0] == nil)
        #expect(value["b"]?.isNull == true)
        #expect(value.members.map(\.name) == ["a", "b"] && value["a"]?.members.isEmpty == true)
    }

    @Test func `an integer is read from a whole number only`() {
        #expect(JSONValue.double(3).intValue == 3)
        #expect(JSONValue.double(3.5).intValue == nil)
        #expect(JSONValue.double(1e300).intValue == nil)
        #expect(JSONValue.int(3).doubleValue == 3)
        #expect(JSONValue.string("3").intValue == nil && JSONValue.bool(true).intValue == nil)
    }

    @Test func `a kind is named as in the specification`() {
        let values: [JSONValue] = [nil, true, 1, 1.5, "", [], [:]]
        #expect(values.map(\.kind) == ["null", "boolean", "number", "number", "string", "array", "object"])
    }

    @Test func `a literal with one name twice keeps the last member`() {
        #expect((["a": 1, "a": 2] as JSONValue) == ["a": 2])
    }
}
