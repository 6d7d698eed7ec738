import ChatTemplates
import Engine
package import JSON
package import Logging
package import ModelFiles
import Models
package import OpenAIAPI
import OrderedCollections
package import Tokenizers
import Tokens

/// A small house to test the API in: every byte a token, and a model that knows the alphabet.
package enum Fixtures {
    /// Writes each message as `role: content` on a line.
    package static let template = """
        {%- for message in messages -%}
        {%- if message.role == 'tool' -%}{{ raise_exception('no tools here') }}{%- endif -%}
        {{ message.role }}: {{ message.content }}
        {% endfor -%}
        {%- if add_generation_prompt -%}assistant:{%- endif -%}
        """

    /// Writes tools, calls and answers of tools, and ends with the cue of a ``ScriptedModel``; calls are Hermes's.
    package static let toolTemplate = """
        {%- if tools -%}tools: {{ tools | tojson }} as <tool_call>
        {% endif -%}
        {%- for message in messages -%}
        {{ message.role }}: {{ message.content or '' }}
        {%- for call in message.tool_calls or [] -%}
        <tool_call>{{ call.function.name }} {{ call.function.arguments | tojson }} {{ call.id }}</tool_call>
        {%- endfor -%}
        {{ ' to ' ~ message.name ~ ' ' ~ message.tool_call_id if message.role == 'tool' else '' }}
        {% endfor -%}
        {%- if add_generation_prompt -%}assistant:\u{1}{%- endif -%}
        """

    /// A logger that says nothing.
    package static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A byte-level tokenizer in which id and byte are one, and 256 is `<|end|>`.
    ///
    /// - Parameter beginsWithEnd: Whether `<|end|>` stands before every text that is framed.
    package static func tokenizer(beginsWithEnd: Bool = false) throws -> Tokenizer {
        let text: JSONValue = ["Sequence": ["id": "A", "type_id": 0]]
        let frame: JSONValue = [
            "type": "TemplateProcessing",
            "single": [["SpecialToken": ["id": "<|end|>", "type_id": 0]], text], "pair": [text],
            "special_tokens": ["<|end|>": ["id": "<|end|>", "ids": [256], "tokens": ["<|end|>"]]],
        ]
        let vocabulary = byteAlphabet.enumerated().map { (String($0.element), JSONValue.int($0.offset)) }
        let file: JSONValue = [
            "version": "1.0", "truncation": nil, "padding": nil,
            "added_tokens": [
                [
                    "id": 256, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true,
                ]
            ],
            "normalizer": nil,
            "pre_tokenizer": [
                "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true,
            ],
            "post_processor": beginsWithEnd ? frame : nil,
            "decoder": [
                "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
            ],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "",
                "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "merges": [],
                "vocab": .object(OrderedDictionary(uniqueKeysWithValues: vocabulary)),
            ],
        ]
        return try Tokenizer(tokenizerJSON: file.serializedBytes(), config: ["eos_token": "<|end|>"])
    }

    /// A served model called `alphabet`, with the alias `team/alphabet`.
    package static func model(
        contextLength: Int = 512, sequencesMax: Int = 8, waitingMax: Int = 64, stepMicroseconds: Int = 0,
        template: String? = template, defaults: GenerationDefaults = GenerationDefaults(temperature: 0),
        beginsWithEnd: Bool = false,
        script: String? = nil, formats: AnswerFormats = AnswerFormats()
    ) throws -> ServedModel {
        let alphabet = AlphabetModel(contextLength: contextLength, stepMicroseconds: stepMicroseconds)
        let model: any LanguageModel =
            if let script { ScriptedModel(script: script, like: alphabet) } else { alphabet }
        let engine = Engine(
            model: model,
            settings: Engine.Settings(
                sequencesMax: sequencesMax, stepTokensMax: 256,
                blockCount: (contextLength / Engine.Settings.blockTokens + 1) * sequencesMax,
                contextLength: contextLength, waitingMax: waitingMax, endOfSequence: [256],
                // Looking at every block after every step is for small caches.
                checksIntegrityEachStep: contextLength <= 1024),
            logger: logger)
        return ServedModel(
            names: ["alphabet", "team/alphabet"], created: 1_700_000_000, contextLength: contextLength,
            tokenizer: try tokenizer(beginsWithEnd: beginsWithEnd),
            chatTemplate: try template.map { try ChatTemplate($0) },
            engine: engine,
            samplingDefaults: defaults, formats: formats)
    }

    /// A model that says this text, and is told of tools by its template.
    package static func scripted(
        _ script: String, template: String = toolTemplate, formats: AnswerFormats = AnswerFormats()
    ) throws -> ServedModel {
        try model(contextLength: 4096, template: template, script: script, formats: formats)
    }

    /// A request, chat or plain, ready for the engine; its answer's id is `id`.
    package static func prepared(_ body: JSONValue, model: ServedModel? = nil) throws -> PreparedCompletion {
        let catalog = ModelCatalog([try model ?? Fixtures.model()])
        if body["messages"] != nil {
            let request = try ChatCompletionRequest(parsing: body, catalog: catalog, limits: APILimits())
            return try PreparedCompletion(request, id: "id", created: 1)
        }
        let request = try CompletionRequest(parsing: body, catalog: catalog, limits: APILimits())
        return PreparedCompletion(request, id: "id", created: 1)
    }

    /// GPT-2's stand-ins for the 256 bytes: printable characters for themselves, the others from U+0100 on.
    private static let byteAlphabet: [Character] = {
        var next: UInt32 = 0x100
        return (0..<256).map { byte in
            let isPrintable = 0x21...0x7E ~= byte || 0xA1...0xAC ~= byte || 0xAE...0xFF ~= byte
            defer { if !isPrintable { next += 1 } }
            return Character(Unicode.Scalar(isPrintable ? UInt32(byte) : next) ?? "?")
        }
    }()
}
