import JSON
import OpenAIAPI
import OrderedCollections
import ServingFixtures
import Testing
import Tokens

/// Every way to ask for a format, in the answer that it gives; the model would go on with the alphabet.
struct StructuredOutputTests {
    private static func answer(_ members: JSONValue, chat: Bool = false) async throws -> JSONValue {
        var body = members.objectValue ?? [:]
        if chat { body["messages"] = [["role": "user", "content": "u"]] } else { body["prompt"] = "q" }
        let prepared = try Fixtures.prepared(.object(body))
        let (choices, usage) = try await prepared.start().collect()
        return prepared.format.response(choices, usage)
    }

    private static let schema: JSONValue = [
        "type": "object", "properties": ["kind": ["enum": ["bc", "xyz"]]], "required": ["kind"],
        "additionalProperties": false,
    ]

    @Test(
        arguments: [
            (["guided_choice": ["abd", "xyz"]], "abd"), (["guided_regex": "[k-m]{2}!"], "kl!"),
            (["guided_grammar": "root ::= \"{\" root \"}\" | \"t\" \"v\""], "tv"),
            (["structured_outputs": ["choice": ["abd", "xyz"]]], "abd"),
            (["structured_outputs": ["regex": "cd?f"]], "cdf"),
            (["structured_outputs": ["grammar": "root ::= \"ok\""]], "ok"),
            (["grammar": "root ::= [w-z] [0-9]"], "w0"),
            (["guided_json": ["const": "zz"]], "\"zz\""), (["guided_json": "{\"const\": \"zz\"}"], "\"zz\""),
            (["json_schema": ["const": "bc"]], "\"bc\""),
            (["structured_outputs": ["json": ["const": 12]]], "12"),
            (
                [
                    "response_format": [
                        "type": "json_schema", "json_schema": ["name": "n", "schema": ["const": true]],
                    ]
                ], "true"
            ),
            (["response_format": ["type": "json_object", "schema": ["const": nil]]], "null"),
        ] as [(JSONValue, String)])
    func `an answer keeps to the format, and stops where it is complete`(
        members: JSONValue, text: String
    ) async throws {
        var body = members.objectValue ?? [:]
        body["max_tokens"] = 30
        let answer = try await Self.answer(.object(body))
        #expect(answer["choices"]?[0]?["text"] == .string(text))
        #expect(answer["choices"]?[0]?["finish_reason"] == "stop")
        let chat = try await Self.answer(.object(body), chat: true)
        #expect(chat["choices"]?[0]?["message"]?["content"] == .string(text))
    }

    @Test func `a drawn answer is JSON of the schema for any seed, alone and among others`() async throws {
        for seed in 0..<8 {
            let answer = try await Self.answer([
                "response_format": [
                    "type": "json_schema",
                    "json_schema": ["name": "k", "strict": true, "schema": Self.schema],
                ], "temperature": 1.5, "seed": .int(seed), "n": 3, "max_tokens": 200,
            ])
            for choice in answer["choices"]?.arrayValue ?? [] {
                #expect(choice["finish_reason"] == "stop")
                let value = try JSONValue(parsing: choice["text"]?.stringValue ?? "")
                #expect(["bc", "xyz"].contains(value["kind"]?.stringValue))
                #expect(value.objectValue?.count == 1)
            }
        }
    }

    @Test func `the other parameters act within the format`() async throws {
        // Of the bytes that may come, the bias makes x likelier than what the model would say.
        let biased = try await Self.answer([
            "guided_choice": ["abd", "xyz"], "logit_bias": ["120": 50], "max_tokens": 9,
        ])
        #expect(biased["choices"]?[0]?["text"] == "xyz")
        let repeated = try await Self.answer([
            "guided_regex": "[ab]{6}", "presence_penalty": 2, "frequency_penalty": 2, "max_tokens": 9,
        ])
        #expect(repeated["choices"]?[0]?["text"]?.stringValue?.utf8.allSatisfy { 0x61...0x62 ~= $0 } == true)
        let ignoring = try await Self.answer([
            "guided_regex": "ab", "ignore_eos": true, "min_tokens": 8, "max_tokens": 20,
        ])
        #expect(ignoring["choices"]?[0]?["text"] == "ab")
        #expect(ignoring["choices"]?[0]?["finish_reason"] == "stop")
        let told = try await Self.answer(["guided_choice": ["z"], "logprobs": 1, "max_tokens": 3])
        // What is told is how probable the model itself found it: r was.
        #expect(told["choices"]?[0]?["logprobs"]?["top_logprobs"]?[0]?["r"] != nil)
        #expect((told["choices"]?[0]?["logprobs"]?["token_logprobs"]?[0]?.doubleValue ?? 0) < -15)
    }

    @Test func `where parameters leave no token the answer ends without a wrong one`() async throws {
        let answer = try await Self.answer([
            "guided_choice": ["ab"], "allowed_token_ids": [97, 100], "max_tokens": 9,
        ])
        #expect(answer["choices"]?[0]?["text"] == "a")
        #expect(answer["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test func `a stop token is not drawn where the format may not end`() async throws {
        // Nothing but it could follow: the answer ends as where parameters leave no token.
        let answer = try await Self.answer(["guided_regex": "ab+c", "stop_token_ids": [98], "max_tokens": 9])
        #expect(answer["choices"]?[0]?["text"] == "a")
        #expect(answer["choices"]?[0]?["finish_reason"] == "length")
    }

    @Test(
        arguments: [
            (["guided_regex": "(?<=a)b"], "guided_regex", "looking behind"),
            (["guided_json": ["type": "strin"]], "guided_json", "#/type"),
            (["guided_json": 3], "guided_json", "a schema"),
            (["guided_json": "{"], "guided_json", "not valid JSON"),
            (["guided_choice": []], "guided_choice", "not empty"),
            (["guided_choice": [1]], "guided_choice", "strings only"),
            (["guided_grammar": "x"], "guided_grammar", "::="),
            (["grammar": "start ::= \"a\""], "grammar", "root"),
            (["structured_outputs": [:]], "structured_outputs", "one of"),
            (
                ["structured_outputs": ["structural_tag": "x"]], "structured_outputs.structural_tag",
                "not supported"
            ),
            (["response_format": "json"], "response_format", "an object"),
            (["response_format": ["type": "xml"]], "response_format.type", "json_schema"),
            (["response_format": ["type": "json_schema"]], "response_format.json_schema", "json_schema"),
            (
                [
                    "response_format": [
                        "type": "json_schema",
                        "json_schema": ["name": "x", "schema": ["properties": ["a": ["uniqueItems": true]]]],
                    ]
                ], "response_format", "#/properties/a/uniqueItems"
            ),
            (["guided_regex": "a", "guided_choice": ["a"]], "guided_choice", "only one of"),
            (
                ["guided_regex": "a", "response_format": ["type": "json_object"]], "guided_regex",
                "only one of"
            ),
            (["guided_regex": "a", "use_beam_search": true, "n": 2], "use_beam_search", "cannot"),
        ] as [(JSONValue, String, String)])
    func `what is wrong, or cannot be enforced, is refused by its name`(
        members: JSONValue, parameter: String, reason: String
    ) async throws {
        let error = try await #require(throws: APIError.self) { try await Self.answer(members) }
        #expect(error.status == 400)
        #expect(error.parameter == parameter)
        #expect(error.message.contains(reason), "\(error.message)")
    }

    @Test func `values that ask for no format are taken`() async throws {
        let answer = try await Self.answer([
            "response_format": ["type": "text"], "guided_json": nil, "structured_outputs": nil,
            "max_tokens": 2,
        ])
        #expect(answer["choices"]?[0]?["text"] == "rs")
    }
}
