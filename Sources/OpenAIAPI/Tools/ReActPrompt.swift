import JSON
import OrderedCollections

/// Tells a model of tools in plain words, for templates that have no place for them: ReAct (Yao et al., 2022), in the
/// words that the first Qwen models were trained on.
///
/// The instructions go before the first message of the user's. Calls become the assistant's own text, and answers of tools
/// observations that the user brings.
enum ReActPrompt {
    /// The conversation with the tools in it.
    static func messages(_ messages: [JSONValue], tools: [Tool]) -> [JSONValue] {
        var isTold = false
        var rewritten: [JSONValue] = []
        for message in messages {
            guard var members = message.objectValue else { continue }
            let content = members["content"]?.stringValue ?? ""
            switch members["role"] {
            case "user" where !isTold:
                isTold = true
                members["content"] = .string(instructions(tools) + content)
            case "assistant":
                if let calls = members.removeValue(forKey: "tool_calls")?.arrayValue {
                    members["content"] = .string(text(of: calls, after: content))
                }
            case "tool":
                append("Observation: \(content)", to: &rewritten)
                continue
            default: break
            }
            rewritten.append(.object(members))
        }
        return rewritten
    }

    /// Observations that follow each other are one message, for templates in which roles take turns.
    private static func append(_ observation: String, to messages: inout [JSONValue]) {
        if let last = messages.last, last["role"] == "user", let text = last["content"]?.stringValue,
            text.hasPrefix("Observation: ")
        {
            messages.removeLast()
            messages.append(["role": "user", "content": .string(text + "\n" + observation)])
        } else {
            messages.append(["role": "user", "content": .string(observation)])
        }
    }

    private static func text(of calls: [JSONValue], after content: String) -> String {
        let actions = calls.map { call in
            let function = call["function"]
            let arguments = function?["arguments"] ?? [:]
            return "Action: \(function?["name"]?.stringValue ?? "")\n"
                + "Action Input: \(arguments.stringValue ?? arguments.serialized(.python))"
        }
        return ((content.isEmpty ? [] : ["Thought: \(content)"]) + actions).joined(separator: "\n")
    }

    private static func instructions(_ tools: [Tool]) -> String {
        let list = tools.map { tool in
            let description = tool.description["function"]?["description"]?.stringValue ?? ""
            return "\(tool.name): \(description) Parameters: \(tool.parameters.serialized(.python))"
        }
        return """
            You can use these tools:

            \(list.joined(separator: "\n"))

            To use one, write these lines and then stop:

            Thought: why you need it
            Action: its name, one of [\(tools.map(\.name).joined(separator: ", "))]
            Action Input: its parameters as a JSON object

            You will be given a line that begins with "Observation:". Use as many tools as you need. When you know \
            the answer, or need no tool, write:

            Thought: I know the answer
            Final Answer: the answer


            """ + "Question: "
    }
}
