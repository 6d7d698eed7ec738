/// The text that a reader of an HTML page sees, roughly: no markup, scripts or styles; blocks on lines of
/// their own.
///
/// A tolerant scanner over bytes, after the tokeniser states of the HTML standard that matter for that.
/// Nothing is fetched, nothing run, and nesting has no meaning, so that it takes a time proportional to the
/// page's length.
enum HTMLText {
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
        "ol",
        "option", "p", "pre", "section", "table", "td", "th", "title", "tr", "ul",
    ]
    /// Elements whose content is not for readers.
    private static let hidden: Set<String> = ["script", "style", "template", "noscript", "svg", "iframe"]
    private static let entities: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®",
        "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”",
        "laquo": "«", "raquo": "»", "middot": "·", "bull": "•", "times": "×", "deg": "°", "euro": "€",
    ]
    /// Bytes of the longest entity that is looked for.
    private static let entityBytesMax = 32

    static func text(of html: String) -> String {
        var reader = Reader(bytes: Array(html.utf8))
        var text = Lines()
        while let byte = reader.next {
            switch byte {
            case UInt8(ascii: "<"):
                guard let tag = reader.takeTag() else {
                    text.append(byte)
                    reader.position += 1
                    continue
                }
                if hidden.contains(tag.name), !tag.isEnd, !tag.isEmpty { reader.skip(pastEndOf: tag.name) }
                if blocks.contains(tag.name) { text.breakLine() }
            case UInt8(ascii: "&"):
                text.append(reader.takeEntity())
            default:
                text.append(byte)
                reader.position += 1
            }
        }
        return text.text
    }

    /// Collects text; runs of white space become one space, and breaks do not pile up.
    private struct Lines {
        private var bytes: [UInt8] = []
        private var isSpaced = false

        mutating func append(_ byte: UInt8) {
            guard byte != 0x20, !(0x09...0x0D ~= byte) else {
                isSpaced = true
                return
            }
            if isSpaced, let last = bytes.last, last != 0x0A { bytes.append(0x20) }
            isSpaced = false
            bytes.append(byte)
        }

        mutating func append(_ text: String) { for byte in text.utf8 { append(byte) } }

        mutating func breakLine() {
            isSpaced = false
            if let last = bytes.last, last != 0x0A { bytes.append(0x0A) }
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private struct Tag {
        var name: String
        var isEnd: Bool
        var isEmpty: Bool
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        /// Takes a tag, comment or declaration at the position; nil where the `<` is none's.
        mutating func takeTag() -> Tag? {
            var index = position + 1
            guard index < bytes.count else { return nil }
            if starts("<!--") {
                position = end(of: "-->", from: position + 4)
                return Tag(name: "", isEnd: false, isEmpty: true)
            }
            let isEnd = bytes[index] == UInt8(ascii: "/")
            if isEnd { index += 1 }
            guard index < bytes.count,
                Self.isLetter(bytes[index]) || bytes[index] == UInt8(ascii: "!")
                    || bytes[index] == UInt8(ascii: "?")
            else { return nil }
            let start = index
            while index < bytes.count, !Self.endsName(bytes[index]) { index += 1 }
            let name = String(decoding: bytes[start..<index], as: UTF8.self).lowercased()
            var quote: UInt8?
            while index < bytes.count, quote != nil || bytes[index] != UInt8(ascii: ">") {
                let byte = bytes[index]
                if quote == byte {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                    quote = byte
                }
                index += 1
            }
            position = min(index + 1, bytes.count)
            return Tag(
                name: name, isEnd: isEnd,
                isEmpty: index > 0 && index < bytes.count && bytes[index - 1] == UInt8(ascii: "/"))
        }

        /// Goes on behind an element's end tag, or to the end where there is none.
        mutating func skip(pastEndOf name: String) {
            let wanted = Array("</\(name)".utf8)
            while position < bytes.count {
                if bytes[position] == UInt8(ascii: "<"), position + wanted.count <= bytes.count,
                    zip(bytes[position...], wanted).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 })
                {
                    position = end(of: ">", from: position)
                    return
                }
                position += 1
            }
        }

        /// Takes an entity at the position, or the `&` alone.
        mutating func takeEntity() -> String {
            let window = bytes[(position + 1)...].prefix(HTMLText.entityBytesMax)
            guard let end = window.firstIndex(of: UInt8(ascii: ";")), end > position + 1 else {
                position += 1
                return "&"
            }
            let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
            guard let value = Self.scalar(name) ?? HTMLText.entities[name] else {
                position += 1
                return "&"
            }
            position = end + 1
            return value
        }

        private static func scalar(_ name: String) -> String? {
            guard name.hasPrefix("#") else { return nil }
            let digits = name.dropFirst()
            let isHex = digits.first == "x" || digits.first == "X"
            guard let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits), value > 0 else {
                return nil
            }
            return String(Unicode.Scalar(value).map(Character.init) ?? "\u{FFFD}")
        }

        private func starts(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

        private func end(of text: String, from start: Int) -> Int {
            let wanted = Array(text.utf8)
            var index = start
            while index + wanted.count <= bytes.count {
                if bytes[index..<(index + wanted.count)].elementsEqual(wanted) { return index + wanted.count }
                index += 1
            }
            return bytes.count
        }

        private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 }

        private static func endsName(_ byte: UInt8) -> Bool {
            byte == 0x20 || 0x09...0x0D ~= byte || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/")
        }
    }
}
