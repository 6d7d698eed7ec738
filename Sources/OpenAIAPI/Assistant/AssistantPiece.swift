package import JSON

/// A part of an answer as the Messages and the Responses API tell them apart.
package enum AssistantPiece: Sendable, Equatable {
    /// Text for the reader, and where asked for the probabilities of its tokens, as chat completions tell
    /// them.
    case text(String, logprobs: [JSONValue])
    /// What the model thought before.
    case reasoning(String)
    /// A call of a tool begins; its arguments follow.
    case call(index: Int, id: String, name: String)
    /// The next part of a call's arguments, JSON in the end.
    case arguments(index: Int, String)
}

/// Why an answer ended.
package struct AnswerEnding: Sendable, Equatable {
    /// A chat completion's `finish_reason`.
    package var reason: String
    /// The stop string that ended it, where one did.
    package var stopString: String?

    /// Makes an ending.
    package init(reason: String, stopString: String? = nil) {
        self.reason = reason
        self.stopString = stopString
    }
}

extension PreparedCompletion {
    /// What a delta adds to the answer, and why it ended where it did.
    package func pieces(
        of delta: ChoiceDelta, isFirst: Bool
    ) -> (pieces: [AssistantPiece], ending: AnswerEnding?) {
        var pieces: [AssistantPiece] = []
        var ending: AnswerEnding?
        for entry in format.chunks(for: delta, isFirst: isFirst) {
            pieces += AssistantPiece.pieces(of: entry, in: "delta")
            if let reason = entry["finish_reason"]?.stringValue {
                ending = AnswerEnding(reason: reason, stopString: delta.stop?.text)
            }
        }
        return (pieces, ending)
    }

    /// What a whole answer consists of, and why it ended.
    package func pieces(of choice: Choice) -> (pieces: [AssistantPiece], ending: AnswerEnding) {
        let entry = format.entry(0, choice)
        let reason = entry["finish_reason"]?.stringValue ?? choice.finish.rawValue
        return (
            AssistantPiece.pieces(of: entry, in: "message"),
            AnswerEnding(reason: reason, stopString: choice.stop?.text)
        )
    }
}

extension AssistantPiece {
    /// Reads the parts off an entry of a chat completion's `choices`, so that what chat completions can tell
    /// (tool calls, reasoning) the other two APIs tell, too.
    ///
    /// - Parameter name: `message` in a whole answer, `delta` in a chunk of one.
    static func pieces(of entry: JSONValue, in name: String) -> [AssistantPiece] {
        guard let message = entry[name] else { return [] }
        var pieces: [AssistantPiece] = []
        if let text = message["reasoning_content"]?.stringValue, !text.isEmpty {
            pieces.append(.reasoning(text))
        }
        let logprobs = entry["logprobs"]?["content"]?.arrayValue ?? []
        let text = message["content"]?.stringValue ?? ""
        if !text.isEmpty || !logprobs.isEmpty { pieces.append(.text(text, logprobs: logprobs)) }
        for (position, call) in (message["tool_calls"]?.arrayValue ?? []).enumerated() {
            let index = call["index"]?.intValue ?? position
            let function = call["function"]
            if let id = call["id"]?.stringValue, let name = function?["name"]?.stringValue {
                pieces.append(.call(index: index, id: id, name: name))
            }
            if let arguments = function?["arguments"]?.stringValue, !arguments.isEmpty {
                pieces.append(.arguments(index: index, arguments))
            }
        }
        return pieces
    }
}
