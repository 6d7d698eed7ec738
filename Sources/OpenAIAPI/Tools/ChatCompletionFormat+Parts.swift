import JSON
import OrderedCollections
import OutputParsing

/// How a chat's answer shows what is no plain text.
package struct ChatAnswerStyle: Sendable {
    /// Whether a call is a `function_call`, as before there were tools.
    package var isLegacy = false
    /// Whether the request named the function that is called: then OpenAI's API, and vLLM, call that an ordinary end.
    package var isNamed = false
    /// Whether thoughts are shown.
    package var showsReasoning = true

    /// The style of today.
    package init() {}

    /// Why an answer ended, in this style's words.
    func word(_ finish: ChoiceFinish) -> String {
        guard finish == .toolCalls else { return finish.rawValue }
        return isNamed ? ChoiceFinish.stop.rawValue : isLegacy ? "function_call" : finish.rawValue
    }
}

extension ChatAnswerStyle {
    /// A whole answer's `message`.
    func message(_ choice: Choice, echo: String) -> JSONValue {
        let output = choice.output
        let content = echo + (output?.content ?? choice.text)
        let calls = output?.calls ?? []
        var message: OrderedDictionary<String, JSONValue> = [
            "role": "assistant", "content": content.isEmpty && !calls.isEmpty ? nil : .string(content),
            "refusal": nil,
        ]
        if showsReasoning, let reasoning = output?.reasoning, !reasoning.isEmpty {
            message["reasoning_content"] = .string(reasoning)
        }
        if isLegacy {
            message["function_call"] = calls.first.map { function($0.name, $0.arguments) }
        } else if !calls.isEmpty {
            message["tool_calls"] = .array(
                calls.map { call in
                    [
                        "id": .string(call.id), "type": "function",
                        "function": function(call.name, call.arguments),
                    ]
                })
        }
        return .object(message)
    }

    /// The `delta` of one event; nil where it shows nothing.
    func delta(_ event: OutputEvent) -> JSONValue? {
        switch event {
        case .content(let text): return ["content": .string(text)]
        case .reasoning(let text): return showsReasoning ? ["reasoning_content": .string(text)] : nil
        case .callBegan(let index, let id, let name):
            if isLegacy { return ["function_call": function(name, "")] }
            let call: JSONValue = [
                "index": .int(index), "id": .string(id), "type": "function", "function": function(name, ""),
            ]
            return ["tool_calls": [call]]
        case .arguments(let index, let text):
            let piece: JSONValue = ["arguments": .string(text)]
            if isLegacy { return ["function_call": piece] }
            return ["tool_calls": [["index": .int(index), "function": piece]]]
        case .callEnded: return nil
        }
    }

    private func function(_ name: String, _ arguments: String) -> JSONValue {
        ["name": .string(name), "arguments": .string(arguments)]
    }
}
