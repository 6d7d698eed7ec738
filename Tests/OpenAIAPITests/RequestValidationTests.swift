import JSON
import ModelFiles
import OpenAIAPI
import Sampling
import ServingFixtures
import Testing
import Tokens

struct RequestValidationTests {
    private static func chat(_ members: String) throws -> ChatCompletionRequest {
        try ChatCompletionRequest(
            parsing: JSONValue(parsing: #"{"messages": [{"role": "user", "content": "a"}]\#(members)}"#),
            catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
    }

    private static func completion(_ body: String) throws -> CompletionRequest {
        try CompletionRequest(
            parsing: JSONValue(parsing: body), catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
    }

    @Test(arguments: [
        (#""temperature": 2.5"#, "temperature", "between 0 and 2, not 2.5"),
        (#""temperature": "hot""#, "temperature", "a number, not of type string"),
        (#""top_p": 0"#, "top_p", "above 0 and at most 1"),
        (#""top_p": 1.1"#, "top_p", "between 0 and 1, not 1.1"),
        (#""top_k": -2"#, "top_k", "at least -1, not -2"),
        (#""top_k": 1.5"#, "top_k", "an integer, not 1.5"),
        (#""min_p": -0.1"#, "min_p", "between 0 and 1"),
        (#""presence_penalty": 3"#, "presence_penalty", "between -2 and 2, not 3"),
        (#""frequency_penalty": -3"#, "frequency_penalty", "between -2 and 2, not -3"),
        (#""repetition_penalty": 0"#, "repetition_penalty", "above 0"),
        (#""max_tokens": 0"#, "max_tokens", "at least 1, not 0"),
        (#""max_completion_tokens": -1"#, "max_completion_tokens", "at least 1, not -1"),
        (#""max_tokens": 3, "min_tokens": 4"#, "min_tokens", "at most max_tokens, 3, not 4"),
        (#""n": 0"#, "n", "between 1 and 128, not 0"),
        (#""n": 129"#, "n", "between 1 and 128, not 129"),
        (#""stop": """#, "stop", "between 1 and 1024 bytes, not 0"),
        (#""stop": [1]"#, "stop", "a string or an array of strings"),
        (#""stop_token_ids": [257]"#, "stop_token_ids", "between 0 and 256, not 257"),
        (#""logit_bias": {"x": 1}"#, "logit_bias", "token ids from 0 to 256 as names, not `x`"),
        (#""logit_bias": {"1": 101}"#, "logit_bias", "between -100 and 100, not 101"),
        (#""stream": 1"#, "stream", "a boolean, not of type number"),
        (#""stream_options": {"include_usage": true}"#, "stream_options", "only where stream is true"),
        (#""typical_p": 0"#, "typical_p", "above 0"),
        (#""allowed_token_ids": []"#, "allowed_token_ids", "at least one"),
        (#""allowed_token_ids": [257]"#, "allowed_token_ids", "between 0 and 256, not 257"),
        (#""bad_words": [1]"#, "bad_words", "a string of 1 to 1024 bytes, not `1`"),
        (#""top_logprobs": 1"#, "top_logprobs", "only where logprobs is true"),
        (#""logprobs": true, "top_logprobs": 21"#, "top_logprobs", "between 0 and 20, not 21"),
        (#""length_penalty": 2"#, "length_penalty", "only where use_beam_search is true"),
        (#""early_stopping": true"#, "early_stopping", "only where use_beam_search is true"),
        (#""early_stopping": "soon""#, "early_stopping", #"true, false or "never", not `"soon"`"#),
        (#""use_beam_search": true, "logit_bias": {"65": 1}"#, "logit_bias", "goes by the model's own"),
        (
            #""use_beam_search": true, "repetition_penalty": 2"#, "repetition_penalty",
            "goes by the model's own"
        ),
        (#""service_tier": "gold""#, "service_tier", "auto, default, flex, scale, priority, not `gold`"),
        (#""metadata": {"a": 1}"#, "metadata.a", "a string, not of type number"),
        (#""prediction": {"type": "content"}"#, "prediction.content", "a string or an array of text parts"),
        (#""n": 3, "best_of": 2"#, "best_of", "between 3 and 128, not 2"),
        (#""seed": 1.5"#, "seed", "an integer"),
        (#""truncate_prompt_tokens": 0"#, "truncate_prompt_tokens", "at least 1, or -1, not 0"),
        (
            #""add_generation_prompt": true, "continue_final_message": true"#, "continue_final_message",
            "exclude"
        ),
        (#""chat_template_kwargs": []"#, "chat_template_kwargs", "an object, not of type array"),
    ])
    func `a value out of range is refused with the limit and the value`(
        members: String, parameter: String, message: String
    ) throws {
        let error = try #require(throws: APIError.self) { try Self.chat(", " + members) }
        #expect(error.status == 400)
        #expect(error.type == "invalid_request_error")
        #expect(error.parameter == parameter)
        #expect(error.message.contains(message), "\(error.message)")
    }

    @Test(arguments: [
        #""tools": [{"type": "function", "function": {"name": "f"}}]"#, #""thinking_budget": 5"#,
        #""functions": [{"name": "f"}], "n": 1"#, #""audio": {}"#, #""modalities": ["text", "audio"]"#,
    ])
    func `what is not done is refused by its name`(member: String) throws {
        let name = member.dropFirst().prefix { $0 != "\"" }
        let error = try #require(throws: APIError.self) { try Self.chat(", " + member) }
        #expect(error.status == 400)
        #expect(error.parameter == String(name))
        #expect(error.code == "unsupported_parameter")
        #expect(error.message.contains(name))
    }

    @Test func `values that ask for nothing are taken, and strangers are told apart`() throws {
        let request = try Self.chat(
            #"""
            , "tools": [], "tool_choice": "none", "response_format": {"type": "text"}, "logprobs": false,
            "top_logprobs": 0, "best_of": 1, "echo": null, "modalities": ["text"], "user": "u",
            "metadata": {},
            "store": true, "parallel_tool_calls": true, "temperature": null, "mystery": 1
            """#)
        #expect(request.unknownParameters == ["mystery"])
    }

    @Test func `every supported parameter reaches the engine`() throws {
        let request = try Self.chat(
            #"""
            , "model": "team/alphabet", "max_tokens": 9, "max_completion_tokens": 7, "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5, "min_p": 0.1, "presence_penalty": 1, "frequency_penalty": -1,
            "repetition_penalty": 1.1,
            "logit_bias": {"65": -2.5}, "seed": -1, "stop": ["x", "y"], "stop_token_ids": [66],
            "include_stop_str_in_output": true, "min_tokens": 2, "ignore_eos": true, "n": 3, "stream": true,
            "stream_options": {"include_usage": true}, "skip_special_tokens": false,
            "truncate_prompt_tokens": -1, "typical_p": 0.5, "allowed_token_ids": [65, 66], "bad_words": ["ab"],
            "logprobs": true, "top_logprobs": 2, "priority": -3
            """#)
        var sampling = SamplingParameters()
        sampling.temperature = 0.5
        sampling.topP = 0.9
        sampling.topK = 5
        sampling.minP = 0.1
        sampling.presencePenalty = 1
        sampling.frequencyPenalty = -1
        sampling.repetitionPenalty = 1.1
        sampling.logitBias = [65: -2.5]
        sampling.seed = .max
        sampling.stopTokens = [66]
        sampling.minTokens = 2
        sampling.ignoresEndOfSequence = true
        sampling.typicalP = 0.5
        sampling.allowedTokens = [65, 66]
        sampling.badWords = [[97, 98], [32, 97, 98]]
        sampling.logprobs = 2
        let options = request.options
        #expect(options.sampling == sampling)
        #expect(options.maxTokens == 7)
        #expect(options.stopStrings == ["x", "y"])
        #expect(
            options.includesStop && options.streams && options.includesUsage && !options.skipsSpecialTokens)
        #expect(options.choices == 3 && options.candidates == 3)
        #expect(options.logprobs == 2 && options.priority == -3)
        #expect(options.promptTokensKept == -1)
        #expect(request.modelName == "team/alphabet")
        #expect(request.unknownParameters.isEmpty)
    }

    @Test func `the model's own recommendations hold where a request is silent`() throws {
        let model = try Fixtures.model(
            defaults: GenerationDefaults(
                temperature: 0.7, topK: 20, topP: 0.8, minP: 0.05, repetitionPenalty: 1.05))
        let request = try CompletionRequest(
            parsing: ["prompt": "a", "top_k": 0], catalog: ModelCatalog([model]), limits: APILimits())
        #expect(request.options.sampling.temperature == 0.7)
        #expect(request.options.sampling.topK == 0)
        #expect(request.options.sampling.topP == 0.8)
        #expect(request.options.sampling.minP == 0.05)
        #expect(request.options.sampling.repetitionPenalty == 1.05)
        #expect(request.options.maxTokens == 16)
    }

    @Test func `a model's own most tokens hold for chats that ask for no number`() throws {
        let catalog = ModelCatalog([try Fixtures.model(defaults: GenerationDefaults(tokensMax: 7))])
        let messages: JSONValue = [["role": "user", "content": "a"]]
        let silent = try ChatCompletionRequest(
            parsing: ["messages": messages], catalog: catalog, limits: APILimits())
        #expect(silent.options.maxTokens == nil && silent.options.recommendedTokensMax == 7)
        let asking = try ChatCompletionRequest(
            parsing: ["messages": messages, "max_tokens": 9], catalog: catalog, limits: APILimits())
        #expect(asking.options.maxTokens == 9)
    }

    @Test func `a prompt is a text, ids, or a list of either`() throws {
        #expect(try Self.completion(#"{"prompt": "ab"}"#).prompts == [.text("ab")])
        #expect(try Self.completion(#"{"prompt": ["a", "b"]}"#).prompts == [.text("a"), .text("b")])
        #expect(try Self.completion(#"{"prompt": [1, 2]}"#).prompts == [.tokens([1, 2])])
        #expect(try Self.completion(#"{"prompt": [[1], [2]]}"#).prompts == [.tokens([1]), .tokens([2])])
    }

    @Test(arguments: [
        "{}", #"{"prompt": []}"#, #"{"prompt": {}}"#, #"{"prompt": ["a", 1]}"#, #"{"prompt": [1, "a"]}"#,
        #"{"prompt": [[1], "a"]}"#, #"{"prompt": [257]}"#, #"{"prompt": [-1]}"#, #"{"prompt": [[1.5]]}"#,
        #"{"prompt": true}"#,
    ])
    func `any other prompt is refused`(body: String) throws {
        let error = try #require(throws: APIError.self) { try Self.completion(body) }
        #expect(error.status == 400)
        #expect(error.parameter == "prompt")
    }

    @Test(arguments: [
        ("[]", "messages"), (#"["a"]"#, "messages[0]"), (#"[{"content": "a"}]"#, "messages[0].role"),
        (#"[{"role": "pope", "content": "a"}]"#, "messages[0].role"),
        (#"[{"role": "user"}]"#, "messages[0].content"),
        (#"[{"role": "user", "content": 1}]"#, "messages[0].content"),
        (#"[{"role": "user", "content": [{"type": "image_url"}]}]"#, "messages[0].content[0].type"),
        (#"[{"role": "user", "content": [{"type": "text"}]}]"#, "messages[0].content[0].text"),
    ])
    func `a message that cannot be is refused by its place`(messages: String, place: String) throws {
        let error = try #require(throws: APIError.self) {
            try ChatCompletionRequest(
                parsing: JSONValue(parsing: #"{"messages": \#(messages)}"#),
                catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
        }
        #expect(error.status == 400)
        #expect(error.parameter == place)
    }

    @Test func `text parts become one text, and other members stay`() throws {
        let request = try ChatCompletionRequest(
            parsing: JSONValue(
                parsing: """
                    {"messages": [{"role": "user", "name": "Ann",
                    "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}
                    """),
            catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
        #expect(request.prompt.messages == [["role": "user", "name": "Ann", "content": "a\nb"]])
    }

    @Test func `a body that is no object is refused, and so is a model that is not there`() throws {
        #expect(try #require(throws: APIError.self) { try Self.completion("[]") }.status == 400)
        let error = try #require(throws: APIError.self) {
            try Self.completion(#"{"model": "x", "prompt": "a"}"#)
        }
        #expect(error.status == 404)
        #expect(error.code == "model_not_found")
        #expect(error.message == "The model `x` does not exist; served: `alphabet`, `team/alphabet`")
    }

    @Test func `prompts times n have a limit`() throws {
        let error = try #require(throws: APIError.self) {
            try Self.completion(#"{"prompt": ["a", "b", "c"], "n": 100}"#)
        }
        #expect(error.message == "prompts times n (or best_of) may be at most 256, not 3 times 100")
    }
}
