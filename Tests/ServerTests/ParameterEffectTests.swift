import Engine
import Foundation
import JSON
import OpenAIAPI
import ServingFixtures
import Testing

/// No parameter that is taken is without effect, but for those that are said to be.
@Suite(.timeLimit(.minutes(1)))
struct ParameterEffectTests {
    /// Parameters that change no answer by what they mean: they are checked, and that is all.
    private static let silent: [(name: String, value: JSONValue, wrong: JSONValue)] = [
        ("user", "u", 1), ("safety_identifier", "u", 1), ("prompt_cache_key", "k", 1),
        ("prompt_cache_retention", "24h", 1), ("cache_salt", "s", 1), ("store", true, "yes"),
        ("metadata", ["a": "b"], ["a": 1]), ("spaces_between_special_tokens", false, "no"),
        ("prediction", ["type": "content", "content": "BCD"], ["type": "content", "content": 1]),
    ]

    /// Parameters whose effect another test shows, and which.
    private static let shownElsewhere: [String: String] = [
        "priority": "a test of its own below, and SchedulerTests",
        "suffix": "SystemTests.ParameterClientTests, with Qwen2.5-Coder, which has the tokens",
        "tools": "tool calls", "tool_choice": "tool calls", "parallel_tool_calls": "tool calls",
        "functions": "tool calls", "function_call": "tool calls",
        "reasoning_effort": "reasoning", "include_reasoning": "reasoning",
        "thinking_token_budget": "reasoning", "thinking_budget": "reasoning",
        "max_thinking_tokens": "reasoning", "thinking": "reasoning",
        "enable_thinking": "reasoning", "grammar": "grammars", "json_schema": "grammars",
        "response_format": "grammars", "structured_outputs": "grammars", "guided_json": "grammars",
        "guided_regex": "grammars", "guided_choice": "grammars", "guided_grammar": "grammars",
        "guided_decoding_backend": "grammars", "guided_whitespace_pattern": "grammars",
    ]

    private static func known(
        of endpoint: ParameterEffect.Endpoint
    ) throws -> (all: Set<String>, refused: Set<String>) {
        let catalog = ModelCatalog([try Fixtures.model()])
        switch endpoint {
        case .chat:
            let body: JSONValue = ["messages": [["role": "user", "content": "u"]]]
            let request = try ChatCompletionRequest(parsing: body, catalog: catalog, limits: APILimits())
            return (request.knownParameters, ChatCompletionRequest.refusedParameters)
        case .completion:
            let request = try CompletionRequest(
                parsing: ["prompt": "a"], catalog: catalog, limits: APILimits())
            return (request.knownParameters, CompletionRequest.refusedParameters)
        }
    }

    private static func ask(
        _ server: RunningServer, _ endpoint: ParameterEffect.Endpoint, _ body: String
    ) async throws -> ParameterAnswer {
        ParameterAnswer(try await server.request("POST", endpoint.rawValue, body))
    }

    @Test(arguments: ParameterEffect.Endpoint.allCases)
    func `every known parameter is shown to have an effect, or is said to have none`(
        endpoint: ParameterEffect.Endpoint
    ) throws {
        let shown = Set(ParameterEffect.all.filter { $0.endpoints.contains(endpoint) }.map(\.name))
            .union(Self.silent.map(\.name)).union(Self.shownElsewhere.keys)
        let (known, refused) = try Self.known(of: endpoint)
        #expect(known.count > 50)
        let missing = known.subtracting(refused).subtracting(shown)
        #expect(missing.isEmpty, "write an effect for them: \(missing.sorted())")
    }

    @Test func `every parameter changes an answer as documented`() async throws {
        let model = try Fixtures.model(sequencesMax: 64, beginsWithEnd: true)
        try await RunningServer.with(model) { server in
            for effect in ParameterEffect.all {
                for endpoint in effect.endpoints {
                    let without = try await Self.ask(
                        server, endpoint, effect.body(for: endpoint, withParameter: false))
                    let with = try await Self.ask(
                        server, endpoint, effect.body(for: endpoint, withParameter: true))
                    let again = try await Self.ask(
                        server, endpoint, effect.body(for: endpoint, withParameter: true))
                    #expect(
                        effect.isShown(without, with),
                        "\(endpoint) \(effect.testDescription)\n\(without)\n\(with)")
                    #expect(
                        with.texts == again.texts, "\(endpoint) \(effect.testDescription) is a matter of luck"
                    )
                }
            }
        }
    }

    @Test func `a parameter that changes no answer is checked all the same`() async throws {
        try await RunningServer.with { server in
            for (name, value, wrong) in Self.silent {
                let endpoint = ParameterEffect.Endpoint.chat
                let taken = ParameterEffect(name, value) { _, _ in true }
                let without = try await Self.ask(
                    server, endpoint, taken.body(for: endpoint, withParameter: false))
                let with = try await Self.ask(
                    server, endpoint, taken.body(for: endpoint, withParameter: true))
                #expect(with.status == 200 && with.texts == without.texts, "\(name)")
                let refused = ParameterEffect(name, wrong) { _, _ in true }
                let error = try await Self.ask(
                    server, endpoint, refused.body(for: endpoint, withParameter: true))
                #expect(error.status == 400, "\(name)")
                #expect(
                    error.body["error"]?["param"]?.stringValue?.hasPrefix(name) == true, "\(error.body)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func `those of lower priority numbers come first among those who wait`()
        async throws
    {
        let model = try Fixtures.model(sequencesMax: 1, stepMicroseconds: 2000)
        try await RunningServer.with(model) { server in
            /// When the answer is there.
            @Sendable func end(_ members: String) async throws -> ContinuousClock.Instant {
                let answer = try await server.request(
                    "POST", "/v1/completions", "{\"prompt\": \"A\", \(members)}")
                #expect(answer.status == 200)
                return .now
            }
            func wait(for count: Int) async throws {
                while model.engine.statistics().waitingCount < count {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            async let first = end("\"max_tokens\": 300")
            try await server.waitUntilBusy()
            async let late = end("\"max_tokens\": 20, \"priority\": 3")
            try await wait(for: 1)
            async let early = end("\"max_tokens\": 20, \"priority\": -3")
            try await wait(for: 2)
            let (firstEnd, lateEnd, earlyEnd) = try await (first, late, early)
            #expect(firstEnd < earlyEnd && earlyEnd < lateEnd)
        }
    }

    @Test func `the page about parameters names every one of them`() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/parameters.md")
        let page = try String(contentsOf: path, encoding: .utf8)
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let named = Set(
            rows.flatMap { row in
                row.split(separator: "|")[0].split(separator: "`").map(String.init).filter {
                    $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
                }
            })
        for endpoint in ParameterEffect.Endpoint.allCases {
            let missing = try Self.known(of: endpoint).all.subtracting(named)
            #expect(missing.isEmpty, "add rows for them: \(missing.sorted())")
        }
    }
}
