import Foundation
import Grammars
import JSON
import OrderedCollections
import TestSupport
import Testing
import Tokens

extension GrammarsTests {
    /// Schemas of many shapes, each with instances that it allows and that it does not.
    struct JSONSchemaTests {
        struct Case: Sendable, CustomTestStringConvertible {
            let name: String
            let schema: JSONValue
            let valid: [JSONValue]
            let invalid: [JSONValue]

            var testDescription: String { name }
        }

        static let cases: [Case] = {
            let entries = (try? Golden.json("schemas.json"))?.arrayValue ?? []
            return entries.map {
                Case(
                    name: $0["name"]?.stringValue ?? "", schema: $0["schema"] ?? .null,
                    valid: $0["valid"]?.arrayValue ?? [], invalid: $0["invalid"]?.arrayValue ?? [])
            }
        }()

        @Test func `there are at least 150 schemas`() {
            #expect(Self.cases.count >= 150)
        }

        @Test func `valid instances are accepted, however they are laid out, and invalid ones are not`()
            throws
        {
            for one in Self.cases {
                let grammar = try MadeUpVocabulary.grammar(.jsonSchema(one.schema))
                for value in one.valid {
                    for style in [JSONValue.Style.compact, .python, .pretty] {
                        let text = value.serialized(style)
                        #expect(grammar.accepts(text), "\(one.name): \(text)")
                    }
                }
                for value in one.invalid {
                    let text = value.serialized()
                    #expect(!grammar.accepts(text), "\(one.name): \(text)")
                }
            }
        }

        @Test func `whatever is drawn from a schema validates with the jsonschema package`() throws {
            var texts: [JSONValue] = []
            var schemas: OrderedDictionary<String, JSONValue> = [:]
            var unfinished = 0
            for (index, one) in Self.cases.enumerated() {
                let grammar = try MadeUpVocabulary.grammar(.jsonSchema(one.schema))
                schemas[one.name] = one.schema
                var walk = RandomWalk(seed: UInt64(index))
                for _ in 0..<12 {
                    guard let output = try walk.draw(grammar) else {
                        unfinished += 1
                        continue
                    }
                    let text = try #require(String(validating: output, as: UTF8.self), "\(one.name)")
                    texts.append([.string(one.name), .string(text)])
                }
            }
            let work: JSONValue = ["schemas": .object(schemas), "texts": .array(texts)]
            let result = try Python.run("validate.py", input: Data(work.serializedBytes()))
            #expect(result.status == 0, "\(result.output.suffix(4000))")
            #expect(texts.count > 10 * unfinished, "\(texts.count) of \(texts.count + unfinished) ended")
        }

        @Test(arguments: [
            (#"{"type": "string", "pattern": "\\ba"}"#, "#/pattern", "borders of words"),
            (#"{"type": "string", "pattern": "(a)\\1"}"#, "#/pattern", "references back"),
            (#"{"type": "string", "pattern": "(?:(?=a)b)+"}"#, "#/pattern", "repeated"),
            (#"{"multipleOf": 0.1234567890123456}"#, "#/multipleOf", "15 digits"),
            (#"{"type": "array", "uniqueItems": true}"#, "#/uniqueItems", "compared"),
            (
                ##"{"type": "array", "uniqueItems": true, "items": {"type": "array", "items": {"$ref": "#/items"}}}"##,
                "#/uniqueItems", "nest without end"
            ),
            (
                #"{"allOf": [{"contains": {"const": 1}}, {"contains": {"const": 2}}, {"contains": {"const": 3}}, {"contains": {"const": 4}}]}"#,
                "#/allOf/3/contains", "3 of them"
            ),
            (
                #"{"type": "object", "minProperties": 2, "patternProperties": {"^[ab]$": {}, "^x": {}}, "additionalProperties": false}"#,
                "#/minProperties", "only 2 names"
            ),
            (#"{"not": {"type": "array", "uniqueItems": true}}"#, "#/not", "told apart"),
            (
                #"{"oneOf": [{"type": "array", "items": {"type": "integer"}, "uniqueItems": true}, {"type": "array", "items": {"type": "integer"}}]}"#,
                "#/oneOf", "told apart"
            ),
            (
                ##"{"$dynamicRef": "#a", "$defs": {"b": {"$id": "b", "$dynamicAnchor": "a"}, "c": {"$dynamicAnchor": "a"}}}"##,
                "#/$dynamicRef", "dynamic anchor"
            ),
        ])
        func `what cannot be enforced is refused by its keyword and place`(
            schema: String, place: String, reason: String
        ) throws {
            let error = try #require(throws: GrammarError.self) {
                try MadeUpVocabulary.grammar(.jsonSchema(JSONValue(parsing: schema)))
            }
            guard case .unsupportedSchema = error else {
                Issue.record("\(error)")
                return
            }
            #expect("\(error)".contains(place) && "\(error)".contains(reason), "\(error)")
        }

        @Test(arguments: [
            (#"{"type": "strin"}"#, "#/type"), (#"{"type": "string", "minLength": -1}"#, "#/minLength"),
            (##"{"$ref": "#/$defs/none"}"##, "refers to nothing"),
            (##"{"$ref": "other.json"}"##, "not fetched"),
            (##"{"$ref": "#"}"##, "refers to itself"), (#"{"anyOf": []}"#, "#/anyOf"),
            (#"{"enum": 1}"#, "#/enum"),
            (#"{"properties": 1}"#, "#/properties"), (#"{"required": [1]}"#, "#/required"),
            ("[]", "a boolean"),
            (#"{"type": "string", "enum": [1]}"#, "no output"), ("false", "no output"),
            (#"{"type": "integer", "minimum": 5, "maximum": 4}"#, "no output"),
            (#"{"type": "string", "pattern": "^a$", "minLength": 2}"#, "no output"),
            (##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##, "no output"),
        ])
        func `a schema that is wrong or allows nothing is an error`(schema: String, reason: String) throws {
            let error = try #require(throws: GrammarError.self) {
                try MadeUpVocabulary.grammar(.jsonSchema(JSONValue(parsing: schema)))
            }
            #expect("\(error)".contains(reason), "\(error)")
        }

        @Test func `white space is bounded, and members come in the schema's order`() throws {
            let grammar = try MadeUpVocabulary.grammar(
                .jsonSchema(["type": "object", "properties": ["a": [:], "b": [:]], "required": ["a", "b"]]))
            #expect(grammar.accepts("{\"a\": 1, \"b\": 2}"))
            #expect(!grammar.accepts("{\"b\": 1, \"a\": 2}"))
            #expect(!grammar.accepts("{\"a\":  1, \"b\": 2}"))
            #expect(!grammar.accepts("{\"a\": 1,\n\n\"b\": 2}"))
            #expect(!grammar.accepts(" {\"a\": 1, \"b\": 2}"))
        }

        @Test func `elements that are objects differ, written in one way`() throws {
            let schema: JSONValue = [
                "type": "array", "uniqueItems": true, "minItems": 2,
                "items": [
                    "type": "object", "properties": ["a": ["type": "boolean"], "b": ["type": "string"]],
                    "required": ["a"],
                ],
            ]
            let grammar = try MadeUpVocabulary.grammar(.jsonSchema(schema))
            #expect(grammar.accepts(#"[{"a": true}, {"a": false}, {"a": true, "b": ""}]"#))
            #expect(!grammar.accepts(#"[{"a": true}, {"a": false}, {"a": true}]"#))
            #expect(!grammar.accepts(#"[{"a": true}, {"b": "", "a": true}]"#))
            #expect(!grammar.accepts(#"[{"a": true}]"#))
        }

        @Test func `a token that ends a distinct element does not begin the next one`() throws {
            let grammar = try MadeUpVocabulary.grammar(
                .jsonSchema(["type": "array", "uniqueItems": true, "items": ["type": "string"]]))
            var matcher = GrammarMatcher(grammar)
            let isTaken = matcher.accept(Array(#"["a"#.utf8))
            #expect(isTaken)
            let allowed = AllowedTokens(&matcher)
            let texts = allowed.ids.map { String(decoding: MadeUpVocabulary.text(of: $0), as: UTF8.self) }
            #expect(texts.contains("\"]") && texts.contains("\"") && !texts.contains("\", \""))
            for id in allowed.ids {
                var copy = matcher
                let follows = copy.accept(id)
                #expect(follows)
            }
        }

        @Test func `any JSON object is one, and nothing else is`() throws {
            let grammar = try MadeUpVocabulary.grammar(.jsonObject)
            #expect(grammar.accepts(#"{"a": [1, {"b": null}], "c": "\u00e9\ud83d\ude00"}"#))
            #expect(!grammar.accepts(#"["a"]"#))
            #expect(!grammar.accepts(#"{"a": "\ud83d"}"#))
            #expect(!grammar.accepts(#"{"a": 01}"#))
            #expect(!grammar.accepts(#"{"a": 1,}"#))
        }
    }
}
