import JSON
import OpenAIAPI
import OrderedCollections
import Store

extension StoredFile {
    /// A file object as OpenAI has it.
    var json: JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [
            "id": .string(id), "object": "file", "bytes": .int(byteCount), "created_at": .int(created),
            "filename": .string(name), "purpose": .string(purpose),
            // Long out of use, and still looked at.
            "status": "processed", "status_details": nil,
        ]
        if let expires { members["expires_at"] = .int(expires) }
        return .object(members)
    }
}

extension ListPage {
    /// A list object as OpenAI has it.
    func json(_ entry: (Entry) -> JSONValue) -> JSONValue {
        let data = entries.map(entry)
        return [
            "object": "list", "data": .array(data), "first_id": data.first?["id"] ?? nil,
            "last_id": data.last?["id"] ?? nil, "has_more": .bool(hasMore),
        ]
    }
}

extension ListRange {
    /// Reads `after`, `limit` and `order` of a query.
    ///
    /// - Throws: ``APIError`` 400.
    init(query: [String: String], limit: Int, limitMax: Int) throws(APIError) {
        self.init(after: query["after"], limit: limit)
        if let text = query["limit"] {
            guard let number = Int(text), 1...limitMax ~= number else {
                throw .invalid("limit", "limit must be between 1 and \(limitMax), not \(text.prefix(40))")
            }
            self.limit = number
        }
        if let order = query["order"] {
            guard order == "asc" || order == "desc" else {
                throw .invalid("order", "order must be asc or desc, not \(order.prefix(40))")
            }
            isDescending = order == "desc"
        }
    }
}
