import Glibc

/// Cuts a `multipart/form-data` body (RFC 7578, RFC 2046 §5.1) into its parts as it comes.
///
/// Holds at most one part's header and as many bytes as might begin a boundary, however the body is cut into
/// pieces.
package struct MultipartParser {
    /// What was found.
    package enum Event: Equatable, Sendable {
        /// A part begins.
        case begin(MultipartHeader)
        /// The next bytes of the part.
        case bytes([UInt8])
        /// The part is complete.
        case end
    }

    private enum State { case preamble, afterBoundary, header, body, epilogue }

    private let limits: MultipartLimits
    /// A line break, `--` and the boundary.
    private let delimiter: [UInt8]
    /// What came in and is not told yet. The body's beginning counts as a line's.
    private var held: [UInt8] = [0x0D, 0x0A]
    private var state = State.preamble
    private var skippedBytes = 0
    private var partCount = 0

    /// - Parameter boundary: As the content type says it (``boundary(of:)``).
    package init(boundary: [UInt8], limits: MultipartLimits = MultipartLimits()) {
        self.limits = limits
        delimiter = Array("\r\n--".utf8) + boundary
    }

    /// The boundary in a content type that is `multipart/form-data`.
    package static func boundary(of contentType: String) throws(MultipartError) -> [UInt8] {
        let value = HeaderValue(contentType)
        guard value.value.lowercased() == "multipart/form-data" else { throw .notForm }
        guard let boundary = value.parameters["boundary"], 1...70 ~= boundary.utf8.count,
            boundary.utf8.allSatisfy({ 0x20...0x7E ~= $0 }), !boundary.hasSuffix(" ")
        else { throw .badBoundary }
        return Array(boundary.utf8)
    }

    /// Takes the next bytes of the body.
    package mutating func append(_ bytes: some Collection<UInt8>) throws(MultipartError) -> [Event] {
        guard state != .epilogue else { return [] }
        held += bytes
        var events: [Event] = []
        while try advance(&events) {}
        return events
    }

    /// The body has ended.
    ///
    /// - Throws: ``MultipartError/incomplete`` where its last boundary did not come.
    package func finish() throws(MultipartError) {
        guard state == .epilogue else { throw .incomplete }
    }

    /// Takes one thing out of what is held; false where more has to come first.
    private mutating func advance(_ events: inout [Event]) throws(MultipartError) -> Bool {
        switch state {
        case .preamble: return try skipPreamble()
        case .afterBoundary: return try takeBoundaryEnd()
        case .header: return try takeHeader(&events)
        case .body: return takeBody(&events)
        case .epilogue:
            held = []
            return false
        }
    }

    private mutating func skipPreamble() throws(MultipartError) -> Bool {
        let found = held.firstIndex(of: delimiter)
        let skipped = found ?? max(0, held.count - delimiter.count + 1)
        skippedBytes += skipped
        guard skippedBytes <= limits.preambleBytesMax else { throw .noBoundary }
        held.removeFirst(skipped + (found == nil ? 0 : delimiter.count))
        if found != nil { state = .afterBoundary }
        return found != nil
    }

    /// `--` ends the body; otherwise a line break follows, and spaces may stand before it.
    private mutating func takeBoundaryEnd() throws(MultipartError) -> Bool {
        guard held.count >= 2 else { return false }
        if held.starts(with: [0x2D, 0x2D]) {
            state = .epilogue
            return true
        }
        let padding = held.prefix { $0 == 0x20 || $0 == 0x09 }.count
        guard padding <= limits.paddingBytesMax else { throw .badBoundaryLine }
        guard held.count >= padding + 2 else { return false }
        guard held[padding] == 0x0D, held[padding + 1] == 0x0A else { throw .badBoundaryLine }
        partCount += 1
        guard partCount <= limits.partsMax else { throw .tooManyParts(limit: limits.partsMax) }
        // The line break stays: a header without fields is one, too.
        held.removeFirst(padding)
        state = .header
        return true
    }

    private mutating func takeHeader(_ events: inout [Event]) throws(MultipartError) -> Bool {
        guard let end = held.firstIndex(of: [0x0D, 0x0A, 0x0D, 0x0A]), end <= limits.headerBytesMax else {
            guard held.count <= limits.headerBytesMax else {
                throw .headerTooLarge(limit: limits.headerBytesMax)
            }
            return false
        }
        events.append(.begin(try MultipartHeader(held[..<end])))
        // An empty body begins with the line break of its boundary.
        held.removeFirst(end + 4)
        held.insert(contentsOf: [0x0D, 0x0A], at: 0)
        state = .body
        isAtStart = true
        return true
    }

    /// Whether what is held begins with a line break of the parser's own.
    private var isAtStart = false

    private mutating func takeBody(_ events: inout [Event]) -> Bool {
        let found = held.firstIndex(of: delimiter)
        let own = isAtStart ? 2 : 0
        let end = found ?? max(0, held.count - delimiter.count + 1)
        if end > own {
            events.append(.bytes(Array(held[own..<end])))
        }
        if let found {
            events.append(.end)
            held.removeFirst(found + delimiter.count)
            isAtStart = false
            state = .afterBoundary
            return true
        }
        if end > own {
            held.removeFirst(end)
            isAtStart = false
        }
        return false
    }
}

/// The most that a form may have, all in one place.
package struct MultipartLimits: Sendable {
    /// Bytes before the first boundary.
    package var preambleBytesMax = 1024
    /// Spaces behind a boundary.
    package var paddingBytesMax = 64
    /// Bytes of one part's header.
    package var headerBytesMax = 8192
    /// Parts.
    package var partsMax = 16
    /// Bytes of a part that is no file.
    package var fieldBytesMax = 64 << 10

    /// The limits by default.
    package init() {}
}

/// Why a body is no form.
package enum MultipartError: Error, Equatable, CustomStringConvertible {
    /// The content type is another one.
    case notForm
    /// The content type names no boundary, or one that cannot be.
    case badBoundary
    /// The body does not begin with the boundary.
    case noBoundary
    /// Something else stands behind a boundary than the end of its line.
    case badBoundaryLine
    /// The last boundary did not come.
    case incomplete
    /// A limit was passed.
    case tooManyParts(limit: Int)
    /// A limit was passed.
    case headerTooLarge(limit: Int)
    /// A limit was passed by the field of that name.
    case fieldTooLarge(String, limit: Int)
    /// What is wrong with a part's header.
    case badHeader(String)

    /// One line for people.
    package var description: String {
        switch self {
        case .notForm: "The body must be multipart/form-data"
        case .badBoundary:
            "The content type multipart/form-data must have a boundary of 1 to 70 printable characters"
        case .noBoundary: "The body does not begin with the boundary that its content type names"
        case .badBoundaryLine: "A boundary in the body is not followed by the end of its line"
        case .incomplete: "The body ended before its last boundary"
        case .tooManyParts(let limit): "The form has more than the \(limit) parts allowed"
        case .headerTooLarge(let limit): "A part's header has more than the \(limit) bytes allowed"
        case .fieldTooLarge(let name, let limit): "The field \(name) has more than the \(limit) bytes allowed"
        case .badHeader(let reason): "A part's header \(reason)"
        }
    }
}

extension [UInt8] {
    /// Where a sequence of bytes begins for the first time.
    fileprivate func firstIndex(of wanted: [UInt8]) -> Int? {
        guard let first = wanted.first, count >= wanted.count else { return nil }
        return withUnsafeBytes { bytes in
            wanted.withUnsafeBytes { wanted in
                var position = 0
                let last = bytes.count - wanted.count
                while position <= last {
                    // The search stays within the buffer: it looks at last - position + 1 bytes from position
                    // on.
                    guard let start = bytes.baseAddress, let sought = wanted.baseAddress,
                        let found = memchr(start + position, CInt(first), last - position + 1)
                    else { return nil }
                    position = UnsafeRawPointer(found) - start
                    if memcmp(start + position, sought, wanted.count) == 0 { return position }
                    position += 1
                }
                return nil
            }
        }
    }
}
