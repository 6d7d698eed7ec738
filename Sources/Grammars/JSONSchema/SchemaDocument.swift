import JSON
import OrderedCollections

/// A schema's number in its document.
struct SchemaID: Hashable, Comparable, Sendable {
    let rawValue: Int32

    static func < (left: SchemaID, right: SchemaID) -> Bool { left.rawValue < right.rawValue }
}

/// One schema of a document.
enum SchemaEntry: Sendable {
    case json(JSONValue)
    /// What not all of these allow.
    case notAll([SchemaID])
}

/// A schema and all schemas within it, by their places.
struct SchemaDocument: Sendable {
    private let root: JSONValue
    private var entries: [SchemaEntry] = []
    private var pointers: [String] = []
    private var ids: [String: SchemaID] = [:]
    /// The places of `$anchor` and `$dynamicAnchor`, by their resource's place and their name.
    private var anchors: [String: String] = [:]
    /// How often each `$dynamicAnchor` occurs; `$recursiveAnchor` has no name.
    private var dynamicAnchors: [String: Int] = [:]
    /// The places of schemas with an `$id`, by it.
    private var resources: [String: String] = [:]
    /// The ids that end with a name, for references relative to a base that nobody knows.
    private var resourcesByName: [String: [String]] = [:]
    private var resourcePlaces: Set<String> = [""]

    init(_ root: JSONValue) {
        self.root = root
        var stack = [(value: root, pointer: "", resource: "")]
        while let (value, pointer, parent) = stack.popLast() {
            guard case .object(let members) = value else { continue }
            var resource = parent
            if let id = members["$id"]?.stringValue {
                // Before 2019 an anchor was an $id.
                if id.hasPrefix("#") {
                    anchors["\(resource)\(id)"] = pointer
                } else {
                    resource = pointer
                    note(resource: Self.withoutFragment(id), at: pointer)
                }
            }
            if let name = members["$anchor"]?.stringValue { anchors["\(resource)#\(name)"] = pointer }
            if let name = members["$dynamicAnchor"]?.stringValue {
                anchors["\(resource)#\(name)"] = pointer
                dynamicAnchors[name, default: 0] += 1
            }
            if members["$recursiveAnchor"]?.boolValue == true { dynamicAnchors["", default: 0] += 1 }
            for (keyword, member) in members {
                let place = Self.pointer(pointer, keyword)
                if Self.keywordsOfMaps.contains(keyword) {
                    for (name, schema) in member.members {
                        stack.append((schema, Self.pointer(place, name), resource))
                    }
                } else if Self.keywordsOfSchemas.contains(keyword) {
                    stack.append((member, place, resource))
                    for (index, schema) in (member.arrayValue ?? []).enumerated() {
                        stack.append((schema, "\(place)/\(index)", resource))
                    }
                }
            }
        }
    }

    private mutating func note(resource id: String, at pointer: String) {
        resources[id] = resources[id] ?? pointer
        resourcePlaces.insert(pointer)
        if let name = id.split(separator: "/").last { resourcesByName[String(name), default: []].append(id) }
    }

    /// Keywords with schemas by name.
    private static let keywordsOfMaps: Set<String> = [
        "$defs", "definitions", "properties", "patternProperties", "dependentSchemas", "dependencies",
    ]
    /// Keywords with a schema, or several.
    private static let keywordsOfSchemas: Set<String> = [
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "items", "prefixItems", "additionalItems",
        "unevaluatedItems", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames",
    ]

    var count: Int { entries.count }

    subscript(id: SchemaID) -> SchemaEntry { entries[Int(id.rawValue)] }

    /// Where a schema lies, as a JSON pointer.
    func pointer(of id: SchemaID) -> String { pointers[Int(id.rawValue)] }

    mutating func rootID() -> SchemaID { id(of: root, at: "") }

    /// The number of the schema that lies at a place.
    mutating func id(of value: JSONValue, at pointer: String) -> SchemaID { id(.json(value), at: pointer) }

    /// The number of what not all of some schemas allow.
    mutating func notAll(_ schemas: [SchemaID], at pointer: String) -> SchemaID {
        id(.notAll(schemas), at: "\(pointer)/not(\(schemas.map { "\($0.rawValue)" }.joined(separator: ",")))")
    }

    private mutating func id(_ entry: SchemaEntry, at pointer: String) -> SchemaID {
        if let id = ids[pointer] { return id }
        let id = SchemaID(rawValue: Int32(entries.count))
        entries.append(entry)
        pointers.append(pointer)
        ids[pointer] = id
        return id
    }

    static func pointer(_ parent: String, _ name: String) -> String {
        guard name.utf8.contains(where: { $0 == 0x7E || $0 == 0x2F }) else { return "\(parent)/\(name)" }
        var escaped = ""
        for character in name.unicodeScalars {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return "\(parent)/\(escaped)"
    }

    // MARK: References

    /// What a reference in the schema at `place` refers to.
    ///
    /// - Throws: where nothing in this document has that name.
    mutating func resolve(_ reference: String, at place: String) throws(GrammarError) -> SchemaID {
        let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let base = String(parts.first ?? "")
        let fragment = parts.count > 1 ? Self.percentDecoded(parts[1]) : ""
        guard var pointer = base.isEmpty ? resource(around: place) : resource(named: base) else {
            throw .invalidSchema(
                pointer: place, reason: "nothing here is called \(reference); other documents are not fetched"
            )
        }
        if fragment.hasPrefix("/") {
            pointer += fragment
        } else if !fragment.isEmpty {
            guard let anchor = anchors["\(pointer)#\(fragment)"] else {
                throw .invalidSchema(pointer: place, reason: "no schema has the anchor \(fragment)")
            }
            pointer = anchor
        }
        guard let value = value(at: pointer) else {
            throw .invalidSchema(pointer: place, reason: "\(reference) refers to nothing in this schema")
        }
        return id(of: value, at: pointer)
    }

    /// Whether a dynamic reference means another schema from place to place.
    func isAmbiguous(dynamicReference reference: String) -> Bool {
        dynamicAnchors[String(reference.drop { $0 != "#" }.dropFirst()), default: 0] > 1
    }

    private func resource(around place: String) -> String {
        var place = place[...]
        while !place.isEmpty, !resourcePlaces.contains(String(place)) {
            place = place[..<(place.lastIndex(of: "/") ?? place.startIndex)]
        }
        return String(place)
    }

    private func resource(named base: String) -> String? {
        if let known = resources[base] { return known }
        let name = base.split(separator: "/").last.map(String.init) ?? ""
        return resourcesByName[name]?.first { $0.hasSuffix(base.hasPrefix("/") ? base : "/" + base) }
            .flatMap { resources[$0] }
    }

    private func value(at pointer: String) -> JSONValue? {
        var value = root
        for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = Self.unescaped(part)
            guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value
    }

    private static func withoutFragment(_ id: String) -> String { String(id.prefix { $0 != "#" }) }

    private static func unescaped(_ part: Substring) -> String {
        guard part.utf8.contains(0x7E) else { return String(part) }
        var result = ""
        var isEscape = false
        for scalar in part.unicodeScalars {
            if isEscape {
                result += scalar == "1" ? "/" : "~"
                isEscape = false
            } else if scalar == "~" {
                isEscape = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
