/// What a part of a form says of itself.
package struct MultipartHeader: Equatable, Sendable {
    /// The form field that the part is the value of.
    package var name: String
    /// What the file is called where the part is one.
    package var fileName: String?
    /// The media type in lowercase, without parameters.
    package var contentType: String?

    /// Describes a part.
    package init(name: String, fileName: String? = nil, contentType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.contentType = contentType
    }

    /// Parses a header: fields of a line each.
    init(_ bytes: ArraySlice<UInt8>) throws(MultipartError) {
        var disposition: HeaderValue?
        var contentType: String?
        for line in String(decoding: bytes, as: UTF8.self).unicodeScalars.split(
            separator: "\r\n".unicodeScalars)
        {
            guard let colon = line.firstIndex(of: ":") else { throw .badHeader("has a line without a colon") }
            let value = String(line[line.index(after: colon)...])
            switch String(line[..<colon]).lowercased() {
            case "content-disposition": disposition = HeaderValue(value)
            case "content-type": contentType = HeaderValue(value).value.lowercased()
            case "content-transfer-encoding":
                // RFC 7578 §4.7 deprecates it; these three change nothing.
                guard ["7bit", "8bit", "binary"].contains(HeaderValue(value).value.lowercased()) else {
                    throw .badHeader("asks for a transfer encoding, which is not supported")
                }
            default: break
            }
        }
        guard let disposition, disposition.value.lowercased() == "form-data" else {
            throw .badHeader("must have a Content-Disposition of form-data")
        }
        guard let name = disposition.parameters["name"] else { throw .badHeader("must name its field") }
        self.name = name
        self.fileName = disposition.parameters["filename"]
        self.contentType = contentType
    }
}

/// A header's value and its parameters: `form-data; name="a"`.
struct HeaderValue: Equatable {
    /// What stands before the first semicolon.
    var value: String
    /// By their names in lowercase; of several with one name the first counts.
    var parameters: [String: String] = [:]

    init(_ text: String) {
        var rest = Substring(text).unicodeScalars
        value = Self.trimmed(rest.prefix { $0 != ";" })
        rest = rest.drop { $0 != ";" }
        while rest.popFirst() != nil {
            let name = Self.trimmed(rest.prefix { $0 != "=" && $0 != ";" }).lowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            rest = rest.drop { $0 == " " || $0 == "\t" }
            let value: String
            if rest.first == "\"" {
                value = Self.takeQuoted(&rest)
                rest = rest.drop { $0 != ";" }
            } else {
                value = Self.trimmed(rest.prefix { $0 != ";" })
                rest = rest.drop { $0 != ";" }
            }
            if parameters[name] == nil { parameters[name] = value }
        }
    }

    /// A quoted string; browsers write its quotes and line breaks as percent escapes, others put `\` before.
    private static func takeQuoted(_ rest: inout Substring.UnicodeScalarView) -> String {
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst(), scalar != "\"" {
            if scalar == "\\", let next = rest.first, next == "\"" || next == "\\" {
                text.append(next)
                rest.removeFirst()
            } else {
                text.append(scalar)
            }
        }
        var value = String(text)
        for (escape, character) in [("%22", "\""), ("%0D", "\r"), ("%0A", "\n")] where value.contains(escape)
        {
            value = value.split(separator: escape, omittingEmptySubsequences: false).joined(
                separator: character)
        }
        return value
    }

    private static func trimmed(_ text: some BidirectionalCollection<Unicode.Scalar>) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.firstIndex(where: { !isSpace($0) }),
            let last = text.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(String.UnicodeScalarView(text[first...last]))
    }
}
