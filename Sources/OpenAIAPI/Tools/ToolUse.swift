import JSON
import OrderedCollections

/// The tools of a request, and how the model is to use them.
package struct ToolUse: Sendable, Equatable {
    /// What `tool_choice` asks for.
    package enum Choice: Sendable, Equatable {
        /// The model decides.
        case auto
        /// It calls one tool at least.
        case required
        /// It calls this one.
        case named(String)
    }

    /// The tools that the model is told of.
    package let tools: [Tool]
    /// How it is to use them.
    package let choice: Choice
    /// The most calls of one answer.
    package let callsMax: Int
    /// Whether the request, and so the answer, speaks of functions as OpenAI did before there were tools.
    package let isLegacy: Bool

    /// Whether the answer must be a call.
    package var isForced: Bool { choice != .auto }

    /// Whether the answer must be a call of one function.
    var isNamed: Bool { if case .named = choice { true } else { false } }

    /// Whether the model decides, but is to keep to a schema where it calls.
    var isStrict: Bool { choice == .auto && tools.contains(where: \.isStrict) }

    /// The tools that may be called.
    package var callable: [Tool] {
        if case .named(let name) = choice { tools.filter { $0.name == name } } else { tools }
    }

    /// Reads `tools`, `tool_choice` and `parallel_tool_calls`, or the old `functions` and `function_call`.
    ///
    /// - Returns: nil where there are no tools, or they are not to be used: then the model is not told of them.
    /// - Throws: ``APIError`` 400 that names the place.
    static func read(_ fields: inout RequestFields, limits: APILimits) throws(APIError) -> ToolUse? {
        let isParallel = try fields.bool("parallel_tool_calls") ?? true
        let tools = try tools(&fields, limits)
        let functions = try functions(&fields, limits)
        let toolChoice = fields.take("tool_choice")
        let functionChoice = fields.take("function_call")
        if !tools.isEmpty, !functions.isEmpty {
            throw .invalid("functions", "functions and tools exclude each other; give tools only")
        }
        if !functions.isEmpty {
            guard let choice = try choice(functionChoice, "function_call", among: functions) else {
                return nil
            }
            return ToolUse(tools: functions, choice: choice, callsMax: 1, isLegacy: true)
        }
        guard !tools.isEmpty else {
            for (name, choice) in [("tool_choice", toolChoice), ("function_call", functionChoice)] {
                if let choice, choice != "none" {
                    throw .invalid(name, "\(name) is allowed only where tools are given")
                }
            }
            return nil
        }
        let callsMax = isParallel ? limits.toolCallsMax : 1
        if let allowed = try allowedTools(toolChoice, among: tools) {
            return ToolUse(tools: allowed.tools, choice: allowed.choice, callsMax: callsMax, isLegacy: false)
        }
        guard let choice = try choice(toolChoice, "tool_choice", among: tools) else { return nil }
        return ToolUse(tools: tools, choice: choice, callsMax: callsMax, isLegacy: false)
    }

    private static func tools(
        _ fields: inout RequestFields, _ limits: APILimits
    ) throws(APIError) -> [Tool] {
        var tools: [Tool] = []
        let values = try fields.array("tools", maxCount: limits.toolsMax) ?? []
        for (index, value) in values.enumerated() {
            tools.append(try Tool(value, at: "tools[\(index)]", limits: limits))
        }
        try refuseDuplicates(in: tools, "tools")
        return tools
    }

    private static func functions(
        _ fields: inout RequestFields, _ limits: APILimits
    ) throws(APIError) -> [Tool] {
        var tools: [Tool] = []
        let values = try fields.array("functions", maxCount: limits.toolsMax) ?? []
        for (index, value) in values.enumerated() {
            tools.append(try Tool(function: value, at: "functions[\(index)]", limits: limits))
        }
        try refuseDuplicates(in: tools, "functions")
        return tools
    }

    private static func refuseDuplicates(in tools: [Tool], _ name: String) throws(APIError) {
        var names: Set<String> = []
        for tool in tools where !names.insert(tool.name).inserted {
            throw .invalid(
                name, "\(name) must have names of their own; \(APIError.quoted(tool.name)) is twice there")
        }
    }

    /// - Returns: nil for `none`.
    private static func choice(
        _ value: JSONValue?, _ parameter: String, among tools: [Tool]
    ) throws(APIError) -> Choice? {
        guard let value else { return .auto }
        switch value {
        case "none": return nil
        case "auto": return .auto
        // OpenAI's old function_call had no such word, but clients send it.
        case "required": return .required
        default: break
        }
        guard let members = value.objectValue else {
            throw .invalid(
                parameter,
                "\(parameter) must be \"none\", \"auto\", \"required\" or an object that names a function, "
                    + "not \(APIError.quoted(value.serialized()))")
        }
        guard let name = (members["function"]?["name"] ?? members["name"])?.stringValue else {
            throw .invalid(parameter, "\(parameter) must name a function: {\"type\": \"function\", …}")
        }
        try check(name, parameter, among: tools)
        return .named(name)
    }

    private static func check(_ name: String, _ parameter: String, among tools: [Tool]) throws(APIError) {
        guard !tools.contains(where: { $0.name == name }) else { return }
        throw .invalid(
            parameter,
            "\(parameter) names \(APIError.quoted(name)), which is not among the tools: "
                + tools.map { APIError.quoted($0.name) }.joined(separator: ", "))
    }

    /// `{"type": "allowed_tools", "allowed_tools": {"mode": "auto" or "required", "tools": […]}}`: some of the tools only.
    private static func allowedTools(
        _ value: JSONValue?, among tools: [Tool]
    ) throws(APIError) -> (tools: [Tool], choice: Choice)? {
        guard let value, value["type"] == "allowed_tools" else { return nil }
        let parameter = "tool_choice.allowed_tools"
        let allowed = value["allowed_tools"] ?? value
        guard let entries = allowed["tools"]?.arrayValue, !entries.isEmpty else {
            throw .invalid("\(parameter).tools", "\(parameter).tools must have at least one entry")
        }
        let mode = allowed["mode"] ?? "auto"
        guard mode == "auto" || mode == "required" else {
            throw .invalid("\(parameter).mode", "\(parameter).mode must be \"auto\" or \"required\"")
        }
        var names: Set<String> = []
        for entry in entries {
            guard let name = (entry["function"]?["name"] ?? entry["name"])?.stringValue else {
                throw .invalid("\(parameter).tools", "each of \(parameter).tools must name a function")
            }
            try check(name, "\(parameter).tools", among: tools)
            names.insert(name)
        }
        return (tools.filter { names.contains($0.name) }, mode == "required" ? .required : .auto)
    }
}
