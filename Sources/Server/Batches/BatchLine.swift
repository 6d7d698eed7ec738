import JSON
import OrderedCollections
import Store

/// One request of a batch.
struct BatchLine: Sendable {
    /// What its owner calls it.
    let customID: String
    /// The request's body.
    let body: JSONValue

    /// Parses a line: `{"custom_id", "method": "POST", "url", "body"}`.
    init(_ bytes: [UInt8], endpoint: String, limits: JSONLimits) throws(BatchLineError) {
        let line: JSONValue
        do {
            line = try JSONValue(parsing: bytes, limits: limits)
        } catch {
            throw BatchLineError("invalid_json_line", "The line is not valid JSON: \(error)")
        }
        guard let customID = line["custom_id"]?.stringValue, !customID.isEmpty else {
            throw BatchLineError(
                "missing_required_parameter", "custom_id must be a string", parameter: "custom_id")
        }
        guard line["method"] == "POST" else {
            throw BatchLineError("invalid_method", "method must be POST", parameter: "method")
        }
        guard line["url"] == .string(endpoint) else {
            throw BatchLineError(
                "mismatched_url", "url must be the batch's endpoint, \(endpoint)", parameter: "url")
        }
        guard let body = line["body"], body.objectValue != nil else {
            throw BatchLineError("missing_required_parameter", "body must be an object", parameter: "body")
        }
        guard body["stream"] != true else {
            throw BatchLineError(
                "invalid_request", "stream must be false in a batch", parameter: "body.stream")
        }
        self.customID = customID
        self.body = body
    }

    /// The line that answers a request.
    ///
    /// - Parameters:
    ///   - response: The status and the body; nil where there was no answer.
    ///   - error: Why there was none.
    static func answer(
        to customID: String, _ response: (status: Int, body: JSONValue)?,
        error: (code: String, message: String)?
    ) -> [UInt8] {
        let shown: JSONValue? = response.map {
            [
                "status_code": .int($0.status), "request_id": .string(Identifier.make("req-")),
                "body": $0.body,
            ]
        }
        let reason: JSONValue? = error.map { ["code": .string($0.code), "message": .string($0.message)] }
        let line: JSONValue = [
            "id": .string(Identifier.make("batch_req_")), "custom_id": .string(customID),
            "response": shown ?? nil, "error": reason ?? nil,
        ]
        return line.serializedBytes() + [UInt8(ascii: "\n")]
    }
}

/// What is wrong with a line, as a batch tells it.
struct BatchLineError: Error, Equatable {
    var code: String
    var message: String
    var parameter: String?

    init(_ code: String, _ message: String, parameter: String? = nil) {
        self.code = code
        self.message = message
        self.parameter = parameter
    }

    /// - Parameter line: Counted from 1; nil where the whole input is at fault.
    func json(line: Int?) -> JSONValue {
        [
            "code": .string(code), "line": line.map(JSONValue.int) ?? nil, "message": .string(message),
            "param": parameter.map(JSONValue.string) ?? nil,
        ]
    }
}

/// The lines of a stored file that are not blank, one after the other.
struct StoredLines {
    /// A line and its place among those that are not blank, counted from 0.
    struct Line: Sendable {
        let place: Int
        /// Its number in the file, counted from 1.
        let number: Int
        let bytes: [UInt8]
    }

    private let store: Store
    private let file: String
    private let lineBytesMax: Int
    /// The piece that was read last, and how much of it was looked at.
    private var piece: (place: Int, bytes: [UInt8]) = (-1, [])
    private var position = 0
    private var isAtEnd = false
    private var place = 0
    private var number = 0

    init(_ store: Store, file: String, lineBytesMax: Int) {
        self.store = store
        self.file = file
        self.lineBytesMax = lineBytesMax
    }

    /// The next line; nil past the last one.
    ///
    /// - Throws: ``BatchLineError`` where a line is too long.
    mutating func next() async throws -> Line? {
        while !isAtEnd {
            number += 1
            let line = try await nextLine()
            guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { continue }
            defer { place += 1 }
            return Line(place: place, number: number, bytes: line)
        }
        return nil
    }

    private mutating func nextLine() async throws -> [UInt8] {
        var line: [UInt8] = []
        while true {
            let rest = piece.bytes[position...]
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            line += rest[..<(end ?? rest.endIndex)]
            guard line.count <= lineBytesMax else {
                throw BatchLineError("line_too_long", "A line may have at most \(lineBytesMax) bytes")
            }
            if let end {
                position = end + 1
                return line
            }
            guard let next = try await store.piece(of: file, after: piece.place) else {
                isAtEnd = true
                return line
            }
            piece = next
            position = 0
        }
    }
}
