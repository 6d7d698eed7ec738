package import JSON
import OrderedCollections

/// How an answer looks on the wire where it is no chat completion: as one JSON value, and as named events.
///
/// A whole answer is the same calls as a stream's, with the events thrown away, so that both say the same.
package protocol AnswerForm: Sendable {
    /// The prompt is in the engine.
    mutating func begin(_ usage: Usage) -> [AnswerEvent]
    /// The answer goes on.
    mutating func take(_ pieces: [AssistantPiece]) -> [AnswerEvent]
    /// The answer is complete.
    mutating func end(_ ending: AnswerEnding, _ usage: Usage) -> [AnswerEvent]
    /// The answer breaks off.
    mutating func fail(_ error: APIError) -> [AnswerEvent]
    /// The answer as far as it is known.
    var whole: JSONValue { get }
}

/// A server-sent event with a name.
package struct AnswerEvent: Sendable, Equatable {
    /// Its `event:`.
    package var name: String
    /// Its `data:`.
    package var data: JSONValue

    /// Its `sequence_number`, where it has one.
    package var number: Int? { data["sequence_number"]?.intValue }

    /// Makes an event whose data repeats its name as `type`.
    init(_ name: String, _ members: KeyValuePairs<String, JSONValue>) {
        self.name = name
        var object: [(String, JSONValue)] = [("type", .string(name))]
        object += members.map { ($0.key, $0.value) }
        data = .object(.init(object, uniquingKeysWith: { _, last in last }))
    }
}

/// The parameters beyond the two APIs that are handed on to the chat parser as they are: vLLM's.
enum SharedParameters {
    static let names = [
        "top_k", "min_p", "typical_p", "presence_penalty", "frequency_penalty", "repetition_penalty", "seed",
        "stop", "stop_token_ids", "min_tokens", "ignore_eos", "logit_bias", "allowed_token_ids", "bad_words",
        "skip_special_tokens", "include_stop_str_in_output", "chat_template_kwargs", "priority",
        "structured_outputs", "thinking_token_budget",
    ]

    /// Takes those out that are there.
    static func take(_ fields: inout RequestFields) -> [(String, JSONValue)] {
        names.compactMap { name in fields.take(name).map { (name, $0) } }
    }
}
