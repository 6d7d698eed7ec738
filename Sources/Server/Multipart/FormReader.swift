import Hummingbird
import NIOCore
import OpenAIAPI

/// Reads a form that has fields and at most one file, whose bytes are handed on as they come.
struct FormReader {
    /// What is told of the file.
    enum FileEvent: Sendable {
        case begin(MultipartHeader)
        case bytes([UInt8])
    }

    private var parser: MultipartParser
    private let limits: MultipartLimits
    /// The field that is being read, where it is no file.
    private var fieldName: String?
    private var fieldBytes: [UInt8] = []
    private var hasFile = false
    /// The fields by their names.
    private(set) var fields: [String: String] = [:]

    /// - Throws: ``APIError`` 400 where the request is no form.
    init(_ request: Request, limits: MultipartLimits = MultipartLimits()) throws(APIError) {
        self.limits = limits
        do {
            let boundary = try MultipartParser.boundary(of: request.headers[.contentType] ?? "")
            parser = MultipartParser(boundary: boundary, limits: limits)
        } catch {
            throw APIError(error)
        }
    }

    /// Reads the whole body.
    @concurrent
    mutating func read(
        _ body: RequestBody, onFile: @concurrent (FileEvent) async throws -> Void
    ) async throws {
        do {
            for try await buffer in body {
                for event in try parser.append(buffer.readableBytesView) { try await take(event, onFile) }
            }
            try parser.finish()
        } catch let error as MultipartError {
            throw APIError(error)
        }
    }

    @concurrent
    private mutating func take(
        _ event: MultipartParser.Event, _ onFile: @concurrent (FileEvent) async throws -> Void
    ) async throws {
        switch event {
        case .begin(let header) where header.fileName != nil || header.name == "file":
            guard !hasFile else { throw APIError.invalid("file", "The form may have one file, not more") }
            hasFile = true
            try await onFile(.begin(header))
        case .begin(let header):
            fieldName = header.name
            fieldBytes = []
        case .bytes(let bytes):
            guard let fieldName else { return try await onFile(.bytes(bytes)) }
            fieldBytes += bytes
            guard fieldBytes.count <= limits.fieldBytesMax else {
                throw MultipartError.fieldTooLarge(String(fieldName.prefix(64)), limit: limits.fieldBytesMax)
            }
        case .end:
            if let name = fieldName { fields[name] = String(decoding: fieldBytes, as: UTF8.self) }
            fieldName = nil
        }
    }
}

extension APIError {
    /// 400: the body is no form.
    init(_ error: MultipartError) {
        self.init(status: 400, "\(error)", code: "invalid_form")
    }
}
