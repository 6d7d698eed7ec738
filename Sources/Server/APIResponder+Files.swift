import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import OpenAIAPI
import OrderedCollections
import Store

/// `/v1/files`.
extension APIResponder {
    private static let purposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
    /// How long a batch's input is kept where its owner says nothing, as at OpenAI.
    private static let batchInputSecondsMax = 30 * 86_400

    /// `POST` uploads, `GET` lists.
    func files(_ request: Request) async throws -> Response {
        let store = try storage.required()
        guard request.method != .post else { return .json(try await upload(request, store).json) }
        let query = query(of: request)
        let range = try ListRange(query: query, limit: 10_000, limitMax: 10_000)
        let page = try await store.files(
            owner: caller.owner, purpose: query["purpose"], range, now: SystemClock.secondsSince1970)
        return .json(page.json(\.json))
    }

    /// `GET` shows, `DELETE` deletes.
    func file(_ id: String, _ request: Request) async throws -> Response {
        let store = try storage.required()
        let now = SystemClock.secondsSince1970
        guard request.method == .delete else {
            return .json(try await store.file(id, owner: caller.owner, now: now).json)
        }
        try await store.deleteFile(id, owner: caller.owner, now: now)
        return .json(["id": .string(id), "object": "file", "deleted": true])
    }

    /// The file's bytes, as they come from the store.
    func fileContent(_ id: String) async throws -> Response {
        let store = try storage.required()
        let file = try await store.file(id, owner: caller.owner, now: SystemClock.secondsSince1970)
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        // Somebody else's HTML must not become a page of this server's.
        if let name = HTTPField.Name("X-Content-Type-Options") { headers[name] = "nosniff" }
        let body = ResponseBody(contentLength: file.byteCount) { writer in
            var (place, sent) = (-1, 0)
            while let piece = try await store.piece(of: file.id, after: place) {
                try await writer.write(ByteBuffer(bytes: piece.bytes))
                place = piece.place
                sent += piece.bytes.count
            }
            // Deleted meanwhile: the client must not wait for bytes that do not come, so the connection ends.
            guard sent == file.byteCount else { throw StoreError.notFound(kind: "file", id: file.id) }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    // MARK: Uploads

    private func upload(_ request: Request, _ store: Store) async throws -> StoredFile {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > store.limits.fileBytesMax + configuration.limits.bodyBytesMax
        {
            throw APIError.bodyTooLarge(limit: store.limits.fileBytesMax)
        }
        var form = try FormReader(request)
        var upload = FileUpload(store, id: Identifier.make("file-"))
        do {
            try await form.read(request.body) { event in
                switch event {
                case .begin(let header): try await upload.begin(header, owner: caller.owner)
                case .bytes(let bytes): try await upload.append(bytes)
                }
            }
            guard upload.hasBegun else { throw APIError.invalid("file", "The form must have the field file") }
            let purpose = try Self.purpose(form.fields)
            let expires = try Self.expiry(form.fields, purpose: purpose)
            return try await upload.finish(purpose: purpose, expires: expires)
        } catch {
            if upload.hasBegun { try? await store.abandonFile(upload.id) }
            switch error {
            case is APIError, is StoreError: throw error
            default: throw APIError(status: 400, "The body ended before it was complete")
            }
        }
    }

    private static func purpose(_ fields: [String: String]) throws(APIError) -> String {
        guard let purpose = fields["purpose"], purposes.contains(purpose) else {
            throw .invalid(
                "purpose",
                "purpose must be one of \(purposes.joined(separator: ", ")), not "
                    + (fields["purpose"].map { "`\($0.prefix(40))`" } ?? "absent"))
        }
        return purpose
    }

    private static func expiry(_ fields: [String: String], purpose: String) throws(APIError) -> Int? {
        let now = SystemClock.secondsSince1970
        guard let text = fields["expires_after[seconds]"] else {
            return purpose == "batch" ? now + batchInputSecondsMax : nil
        }
        guard fields["expires_after[anchor]"] == "created_at" else {
            throw .invalid("expires_after[anchor]", "expires_after[anchor] must be created_at")
        }
        guard let seconds = Int(text), 3600...2_592_000 ~= seconds else {
            throw .invalid(
                "expires_after[seconds]",
                "expires_after[seconds] must be between 3600 and 2592000, not `\(text.prefix(40))`")
        }
        return now + seconds
    }

    // MARK: Splitting

    /// A file that was uploaded before, or one in the request, in chunks.
    func splitFile(_ request: Request) async throws -> Response {
        let limit = configuration.limits.splitBytesMax
        let isForm = request.headers[.contentType]?.lowercased().hasPrefix("multipart/") ?? false
        guard isForm else {
            let split = try SplitRequest(
                parsing: try await json(of: request), limits: configuration.limits.api)
            guard let id = split.fileID else {
                throw APIError.invalid("file_id", "file_id is required where no file is uploaded")
            }
            let store = try storage.required()
            let file = try await store.file(id, owner: caller.owner, now: SystemClock.secondsSince1970)
            let bytes = try await store.contents(of: file, bytesMax: limit)
            return try Self.chunks(
                split, bytes, MultipartHeader(name: "file", fileName: file.name), fileID: .string(file.id))
        }
        var form = try FormReader(request)
        var header: MultipartHeader?
        var bytes: [UInt8] = []
        let share = BodyBudget.Share(of: bodies)
        defer { withExtendedLifetime(share) {} }
        try await form.read(request.body) { event in
            switch event {
            case .begin(let begun): header = begun
            case .bytes(let more):
                try share.take(more.count)
                bytes += more
                guard bytes.count <= limit else { throw APIError.bodyTooLarge(limit: limit) }
            }
        }
        guard let header else { throw APIError.invalid("file", "The form must have the field file") }
        let split = try SplitRequest(
            parsing: Self.splitParameters(form.fields), limits: configuration.limits.api)
        return try Self.chunks(split, bytes, header, fileID: nil)
    }

    /// A form's fields are texts; what they stand for is numbers and truth values, too.
    private static func splitParameters(_ fields: [String: String]) -> JSONValue {
        var members: OrderedDictionary<String, JSONValue> = [:]
        for (name, text) in fields {
            let isText = name == "text_splitter_name" || name == "file_id" || name == "url"
            members[name] =
                isText ? .string(text) : (try? JSONValue(parsing: text.lowercased())) ?? .string(text)
        }
        return .object(members)
    }

    private static func chunks(
        _ split: SplitRequest, _ bytes: [UInt8], _ header: MultipartHeader, fileID: JSONValue
    ) throws(APIError) -> Response {
        let name = FileName.clean(header.fileName ?? "", bytesMax: 255)
        let lowercased = name.lowercased()
        let isHTML =
            lowercased.hasSuffix(".html") || lowercased.hasSuffix(".htm") || header.contentType == "text/html"
        let source: JSONValue = ["file_id": fileID, "filename": .string(name)]
        return .json(
            try split.response(
                bytes, id: Identifier.make("docs-"), name: name, isHTML: isHTML, source: source))
    }

    /// The query's parameters; of several with one name the first counts.
    func query(of request: Request) -> [String: String] {
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters where query[String(name)] == nil {
            query[String(name)] = String(value)
        }
        return query
    }
}
