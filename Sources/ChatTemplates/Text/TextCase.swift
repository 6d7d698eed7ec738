/// Upper, lower and title case as Python's `str` has them.
extension TextMethods {
    /// The first character in title case, the others in lower case.
    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(text.unicodeScalars.dropFirst()).lowercased()
    }

    /// Every run of letters capitalised.
    static func titled(_ text: String) -> String {
        var result = ""
        var followsLetter = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            result += followsLetter ? properties.lowercaseMapping : properties.titlecaseMapping
            followsLetter = properties.isCased
        }
        return result
    }

    static func isLowercase(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.isLowercase }
            && !text.unicodeScalars.contains {
                $0.properties.isUppercase || $0.properties.generalCategory == .titlecaseLetter
            }
    }

    static func isUppercase(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.isUppercase }
            && !text.unicodeScalars.contains {
                $0.properties.isLowercase || $0.properties.generalCategory == .titlecaseLetter
            }
    }
}

extension Unicode.Scalar.Properties {
    /// Whether Python counts the character as a letter.
    var isPythonLetter: Bool {
        switch generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}

extension Interpreter {
    /// The text without any of these characters, or white space, at its ends.
    func stripped(
        _ text: String, of characters: String?, front: Bool, back: Bool
    ) throws(TemplateError) -> String {
        try charge(bytes: text.utf8.count)
        let set = characters.map { Set($0.unicodeScalars) }
        func strips(_ scalar: Unicode.Scalar) -> Bool {
            set?.contains(scalar) ?? PythonSpace.contains(scalar)
        }
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var end = scalars.endIndex
        if front { while start < end, strips(scalars[start]) { start = scalars.index(after: start) } }
        if back {
            while start < end {
                let last = scalars.index(before: end)
                guard strips(scalars[last]) else { break }
                end = last
            }
        }
        return String(scalars[start..<end])
    }

    /// `str.splitlines`.
    func lines(of text: String, keepsEnds: Bool = false) throws(TemplateError) -> [String] {
        try charge(bytes: text.utf8.count)
        var lines: [String] = []
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        var index = start
        while index < scalars.endIndex {
            let scalar = scalars[index]
            let end = index
            index = scalars.index(after: index)
            guard PythonSpace.endsLine(scalar) else { continue }
            if scalar == "\r", index < scalars.endIndex, scalars[index] == "\n" {
                index = scalars.index(after: index)
            }
            lines.append(String(scalars[start..<(keepsEnds ? index : end)]))
            start = index
        }
        if start < scalars.endIndex { lines.append(String(scalars[start...])) }
        try charge(lines.count)
        return lines
    }

    /// `separator.join(values)`: all must be texts.
    func join(_ values: [Value], by separator: String) throws(TemplateError) -> String {
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            guard let text = value.string else {
                throw TemplateError(
                    .type, "sequence item \(index): expected str instance, \(value.typeName) found")
            }
            texts.append(text)
        }
        return try joined(texts, by: separator)
    }

    func joined(_ texts: [String], by separator: String) throws(TemplateError) -> String {
        var bytes = 0
        for text in texts {
            bytes += text.utf8.count + separator.utf8.count
            guard bytes <= limits.outputBytesMax + separator.utf8.count else {
                try charge(bytes: bytes); break
            }
        }
        try charge(bytes: max(0, bytes - separator.utf8.count))
        return texts.joined(separator: separator)
    }
}
