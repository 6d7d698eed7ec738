import JSON
import OrderedCollections

extension ChatMessages {
    /// Brings a message's calls into the form that chat templates take.
    ///
    /// Templates index arguments, so that their JSON text becomes an object; text that is no object stays as it is. The
    /// old `function_call` becomes a call, and an empty list of calls none.
    static func normalizeCalls(
        _ members: inout OrderedDictionary<String, JSONValue>, at place: String, position: Int
    ) throws(APIError) {
        if let call = members.removeValue(forKey: "function_call"), !call.isNull {
            let function = try function(call, at: "\(place).function_call")
            members["tool_calls"] = [
                ["id": .string(legacyID(position)), "type": "function", "function": function]
            ]
            return
        }
        guard let value = members.removeValue(forKey: "tool_calls"), !value.isNull else { return }
        guard let calls = value.arrayValue else {
            throw RequestFields.wrongType("\(place).tool_calls", "an array", value)
        }
        var normal: [JSONValue] = []
        for (index, call) in calls.enumerated() {
            let place = "\(place).tool_calls[\(index)]"
            guard var callMembers = call.objectValue else {
                throw RequestFields.wrongType(place, "an object", call)
            }
            guard let called = callMembers["function"] else {
                throw .invalid("\(place).function", "\(place).function is required")
            }
            callMembers["function"] = try function(called, at: "\(place).function")
            if callMembers["type"] == nil { callMembers["type"] = "function" }
            normal.append(.object(callMembers))
        }
        if !normal.isEmpty { members["tool_calls"] = .array(normal) }
    }

    private static func function(_ value: JSONValue, at place: String) throws(APIError) -> JSONValue {
        guard var members = value.objectValue else {
            throw RequestFields.wrongType(place, "an object", value)
        }
        guard members["name"]?.stringValue != nil else {
            throw .invalid("\(place).name", "\(place).name must be a string")
        }
        switch members["arguments"] {
        case .string(let text):
            let isEmpty = text.utf8.allSatisfy { $0 == 0x20 || 0x09...0x0D ~= $0 }
            let parsed = isEmpty ? [:] : try? JSONValue(parsing: text, limits: JSONLimits(depthMax: 64))
            if let parsed, parsed.objectValue != nil { members["arguments"] = parsed }
        case nil, .null: members["arguments"] = [:]
        case .object: break
        case .some(let other):
            throw RequestFields.wrongType("\(place).arguments", "a string of JSON", other)
        }
        return .object(members)
    }

    /// What the old shape left out: the id of a call, in the nine characters that Mistral's templates want.
    private static func legacyID(_ position: Int) -> String {
        let digits = String(position)
        return "call" + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
    }

    /// Tells each answer of a tool which call it answers, where the request does not say: by the call's id the tool's name,
    /// and for the old role `function` the id of the call before it.
    static func connectAnswers(_ messages: inout [JSONValue]) {
        var names: [String: JSONValue] = [:]
        var last: JSONValue?
        for (position, message) in messages.enumerated() {
            for call in message["tool_calls"]?.arrayValue ?? [] {
                guard let id = call["id"]?.stringValue else { continue }
                names[id] = call["function"]?["name"]
                last = call["id"]
            }
            guard var members = message.objectValue, message["role"] == "tool" else { continue }
            if members["tool_call_id"] == nil, let last { members["tool_call_id"] = last }
            if members["name"] == nil, let id = members["tool_call_id"]?.stringValue, let name = names[id] {
                members["name"] = name
            }
            messages[position] = .object(members)
        }
    }
}
