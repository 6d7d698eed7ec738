/// A text that is read while it comes: the scanner that all formats share.
///
/// Works on UTF-8. Markers are whole characters, and so are the pieces that come, so that everything between two
/// markers is whole characters, too.
struct TextCursor: Sendable {
    /// Whether a text stands at the cursor.
    enum Match { case yes, no, unknown }

    /// What a search for markers came to.
    enum Search {
        /// The text before the first marker, and which one it is; the cursor stands behind it.
        case found(before: ArraySlice<UInt8>, marker: Int)
        /// No marker: the text that can belong to none.
        case none(ArraySlice<UInt8>)
    }

    private var bytes: [UInt8] = []
    private var position = 0
    /// Where to go back to; what lies behind it is kept.
    private var mark: Int?

    /// Takes a piece.
    mutating func append(_ piece: [UInt8]) {
        let kept = mark ?? position
        if kept > 0 {
            bytes.removeFirst(kept)
            position -= kept
            mark = mark.map { $0 - kept }
        }
        bytes += piece
    }

    /// The byte at the cursor, if there is one yet.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Goes on by so many bytes.
    mutating func advance(_ count: Int = 1) { position += count }

    /// Takes all there is.
    mutating func takeAll() -> ArraySlice<UInt8> {
        defer { position = bytes.count }
        return bytes[position...]
    }

    /// Goes past white space; false where the text ends there so far.
    mutating func skipSpace() -> Bool {
        while let byte = next {
            guard byte.isSpace else { return true }
            position += 1
        }
        return false
    }

    /// Whether the text at the cursor is this one.
    func match(_ text: [UInt8]) -> Match {
        let there = bytes[position...].prefix(text.count)
        guard there.elementsEqual(text.prefix(there.count)) else { return .no }
        return there.count == text.count ? .yes : .unknown
    }

    /// Which of the texts stands at the cursor: its index; nil where none does.
    ///
    /// - Returns: `.unknown` with nil where more text decides.
    func matchAny(_ texts: [[UInt8]]) -> (match: Match, index: Int) {
        var isOpen = false
        for (index, text) in texts.enumerated() {
            switch match(text) {
            case .yes: return (.yes, index)
            case .unknown: isOpen = true
            case .no: break
            }
        }
        return (isOpen ? .unknown : .no, 0)
    }

    /// Looks for the first marker, and takes what comes before it and the marker.
    ///
    /// Where two begin at one place the shorter one counts, so that the outcome does not depend on how the text is cut.
    mutating func search(_ markers: [[UInt8]]) -> Search {
        let start = position
        let firstBytes = markers.compactMap(\.first)
        while position < bytes.count {
            guard firstBytes.contains(bytes[position]) else {
                position += 1
                continue
            }
            let (match, index) = matchAny(markers)
            if match == .unknown { break }
            if match == .yes {
                defer { position += markers[index].count }
                return .found(before: bytes[start..<position], marker: index)
            }
            position += 1
        }
        return .none(bytes[start..<position])
    }

    /// A short text, such as a name, with what may be in it.
    enum Word {
        /// The text; the cursor stands behind it.
        case found(ArraySlice<UInt8>)
        /// It goes on, and nothing was taken.
        case open
        /// It is longer than any name, and nothing was taken.
        case tooLong
    }

    /// The most bytes of a name, and of what stands in the place of one; more is text.
    static let wordBytesMax = 256

    /// Takes a short text up to a byte that the closure refuses.
    mutating func takeWord(while isTaken: (UInt8) -> Bool) -> Word {
        let limit = bytes[position...].prefix(Self.wordBytesMax + 1)
        guard let end = limit.firstIndex(where: { !isTaken($0) }) else {
            return limit.count > Self.wordBytesMax ? .tooLong : .open
        }
        defer { position = end }
        return .found(bytes[position..<end])
    }

    /// Takes white space, and tells whether the text ends there so far.
    mutating func takeSpace() -> (space: ArraySlice<UInt8>, isEnd: Bool) {
        let start = position
        let goesOn = skipSpace()
        return (bytes[start..<position], !goesOn)
    }

    // MARK: Going back

    /// Remembers a place, so many bytes before the cursor.
    mutating func setMark(back count: Int = 0) { mark = position - count }

    /// Goes back to a place that was just passed.
    mutating func goBack(to place: Int) { position = place }

    /// Forgets the place.
    mutating func release() { mark = nil }

    /// Goes back to the place, and takes so many bytes from there.
    mutating func rewind(taking count: Int) -> ArraySlice<UInt8> {
        let start = mark ?? position
        mark = nil
        position = min(bytes.count, start + count)
        return bytes[start..<position]
    }
}

extension UInt8 {
    /// Whether this is white space of JSON.
    var isSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }

    /// Whether this may stand in a tool's name.
    var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension [UInt8] {
    /// A text's bytes.
    init(_ text: StaticString) { self = Array("\(text)".utf8) }
}

extension [UInt8] {
    /// Whether the text stands in these bytes.
    func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first, count >= wanted.count else { return wanted.isEmpty }
        return self[...(count - wanted.count)].indices.contains { start in
            self[start] == first && self[start..<(start + wanted.count)].elementsEqual(wanted)
        }
    }
}

extension Sequence<UInt8> {
    /// The bytes as text.
    var text: String { String(decoding: Array(self), as: UTF8.self) }
}

extension ArraySlice<UInt8> {
    /// Without white space at both ends.
    var trimmed: ArraySlice<UInt8> {
        var rest = self
        while rest.first?.isSpace == true { rest.removeFirst() }
        while rest.last?.isSpace == true { rest.removeLast() }
        return rest
    }
}
