import JSON
import OrderedCollections

/// The members of a request's JSON object, read one by one; what nobody asked for is left over as unknown.
///
/// A member that is `null` counts as absent, as OpenAI's clients mean it.
struct RequestFields {
    private var members: OrderedDictionary<String, JSONValue>
    /// Every name that was asked for, in order: what this server knows.
    private(set) var asked: [String] = []

    /// - Throws: ``APIError`` 400 where the body is no object.
    init(_ body: JSONValue) throws(APIError) {
        guard let members = body.objectValue else {
            throw APIError(status: 400, "The body must be a JSON object, not of type \(body.kind)")
        }
        self.members = members
    }

    /// The names that nobody has asked for.
    var unread: [String] { Array(members.keys) }

    /// Takes a member out; nil where it is absent or `null`.
    mutating func take(_ name: String) -> JSONValue? {
        asked.append(name)
        guard let value = members.removeValue(forKey: name), !value.isNull else { return nil }
        return value
    }

    /// Whether the member is there and not `null`.
    func has(_ name: String) -> Bool { members[name].map { !$0.isNull } ?? false }

    mutating func string(_ name: String) throws(APIError) -> String? {
        guard let value = take(name) else { return nil }
        guard let string = value.stringValue else { throw Self.wrongType(name, "a string", value) }
        return string
    }

    mutating func bool(_ name: String) throws(APIError) -> Bool? {
        guard let value = take(name) else { return nil }
        guard let bool = value.boolValue else { throw Self.wrongType(name, "a boolean", value) }
        return bool
    }

    mutating func int(_ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = take(name) else { return nil }
        return try Self.int(value, name, range)
    }

    mutating func number(_ name: String, _ range: ClosedRange<Double>) throws(APIError) -> Float? {
        guard let value = take(name) else { return nil }
        return try Self.number(value, name, range)
    }

    mutating func array(_ name: String, maxCount: Int) throws(APIError) -> [JSONValue]? {
        guard let value = take(name) else { return nil }
        guard let array = value.arrayValue else { throw Self.wrongType(name, "an array", value) }
        try Self.check(count: array.count, of: name, maxCount: maxCount)
        return array
    }

    mutating func object(_ name: String) throws(APIError) -> OrderedDictionary<String, JSONValue>? {
        guard let value = take(name) else { return nil }
        guard let object = value.objectValue else { throw Self.wrongType(name, "an object", value) }
        return object
    }
}

extension RequestFields {
    static func int(_ value: JSONValue, _ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int {
        guard value.doubleValue != nil else { throw wrongType(name, "an integer", value) }
        guard let int = value.intValue else {
            throw .invalid(name, "\(name) must be an integer, not \(value.serialized())")
        }
        guard range.contains(int) else {
            throw .invalid(name, "\(name) must be \(words(range)), not \(int)")
        }
        return int
    }

    static func number(
        _ value: JSONValue, _ name: String, _ range: ClosedRange<Double>
    ) throws(APIError) -> Float {
        guard let number = value.doubleValue else { throw wrongType(name, "a number", value) }
        guard range.contains(number) else {
            throw .invalid(
                name,
                "\(name) must be between \(short(range.lowerBound)) and \(short(range.upperBound)), "
                    + "not \(value.serialized())")
        }
        return Float(number)
    }

    static func check(count: Int, of name: String, maxCount: Int) throws(APIError) {
        guard count <= maxCount else {
            throw .invalid(name, "\(name) may have at most \(maxCount) entries, not \(count)")
        }
    }

    static func wrongType(_ name: String, _ wanted: String, _ value: JSONValue) -> APIError {
        APIError(
            status: 400, "\(name) must be \(wanted), not of type \(value.kind)", parameter: name,
            code: "invalid_type")
    }

    private static func words(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "at least \(range.lowerBound)" : "between \(range.lowerBound) and \(range.upperBound)"
    }

    private static func short(_ bound: Double) -> String {
        Int(exactly: bound).map(String.init) ?? "\(bound)"
    }
}
