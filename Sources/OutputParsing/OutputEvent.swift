/// What a piece of a model's text turned out to be.
package enum OutputEvent: Sendable, Hashable {
    /// Text for the reader.
    case content(String)
    /// Text of the model's thoughts.
    case reasoning(String)
    /// The model calls a tool; its arguments follow.
    case callBegan(index: Int, id: String, name: String)
    /// More of the arguments of the call that began last: JSON, unless the model wrote none.
    case arguments(index: Int, String)
    /// The arguments are all there, or as far as the text went.
    case callEnded(index: Int)
}

/// A call of a tool.
package struct ToolCall: Sendable, Hashable {
    /// Tells this call from all others.
    package var id: String
    /// The tool's name.
    package var name: String
    /// JSON, as the model wrote it.
    package var arguments: String

    /// Makes a call.
    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// A model's whole text, taken apart.
package struct ParsedOutput: Sendable, Hashable {
    /// The text for the reader.
    package var content = ""
    /// The model's thoughts.
    package var reasoning = ""
    /// The calls in their order.
    package var calls: [ToolCall] = []

    /// Makes an output of nothing.
    package init() {}

    /// Goes on with what came.
    package mutating func append(_ events: [OutputEvent]) {
        for event in events {
            switch event {
            case .content(let text): content += text
            case .reasoning(let text): reasoning += text
            case .callBegan(_, let id, let name): calls.append(ToolCall(id: id, name: name, arguments: ""))
            case .arguments(let index, let text): calls[index].arguments += text
            case .callEnded: break
            }
        }
    }
}
