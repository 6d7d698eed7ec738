/// Finding texts within texts, as bytes: no character's encoding is part of another's.
extension Interpreter {
    /// Where a text first stands at or after an offset, in bytes. What it compares counts as steps, since a hostile
    /// pair of texts could make it compare nearly everything with everything.
    func find(_ part: String, in text: String, from start: Int) throws(TemplateError) -> Int? {
        try find(Array(part.utf8), in: Array(text.utf8), from: start)
    }

    func find(_ part: [UInt8], in text: [UInt8], from start: Int) throws(TemplateError) -> Int? {
        try charge(bytes: text.count - start + part.count)
        guard let first = part.first else { return start }
        var index = start
        while index + part.count <= text.count {
            guard text[index] == first else {
                index += 1
                continue
            }
            var matched = 1
            while matched < part.count, text[index + matched] == part[matched] { matched += 1 }
            if matched == part.count { return index }
            if matched > 16 { try charge(matched / 16) }
            index += 1
        }
        return nil
    }

    /// Every place where a text stands, none overlapping another, up to a number of them; nil means all.
    func places(of part: [UInt8], in text: [UInt8], atMost limit: Int? = nil) throws(TemplateError) -> [Int] {
        var places: [Int] = []
        var start = 0
        while places.count < limit ?? .max, start <= text.count, let place = try findNext(part, text, start) {
            places.append(place)
            start = place + part.count
        }
        try charge(places.count)
        return places
    }

    /// As `find`, but counts only the bytes up to the place found.
    private func findNext(_ part: [UInt8], _ text: [UInt8], _ start: Int) throws(TemplateError) -> Int? {
        var index = start
        while index + part.count <= text.count {
            var matched = 0
            while matched < part.count, text[index + matched] == part[matched] { matched += 1 }
            if matched == part.count {
                try charge((index - start) / 16)
                return index
            }
            if matched > 16 { try charge(matched / 16) }
            index += 1
        }
        try charge((text.count - start) / 16)
        return nil
    }

    /// `str.replace`.
    func replacing(
        _ part: String, with other: String, in text: String, atMost limit: Int? = nil
    ) throws(TemplateError) -> String {
        if part.utf8.isEmpty { return try interleaving(other, in: text, atMost: limit) }
        let bytes = Array(text.utf8)
        let part = Array(part.utf8)
        let places = try places(of: part, in: bytes, atMost: limit)
        guard !places.isEmpty else { return text }
        let (growth, overflows) = places.count.multipliedReportingOverflow(by: other.utf8.count)
        try charge(bytes: overflows ? .max : bytes.count + min(growth, limits.outputBytesMax + 1))
        var result: [UInt8] = []
        var start = 0
        for place in places {
            result += bytes[start..<place]
            result += other.utf8
            start = place + part.count
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }

    /// What replacing the empty text does: the other text stands before every character and at the end.
    private func interleaving(
        _ other: String, in text: String, atMost limit: Int?
    ) throws(TemplateError) -> String {
        let scalars = text.unicodeScalars
        var left = min(limit ?? .max, scalars.count + 1)
        try charge(
            bytes: text.utf8.count + (left > 0 ? min(other.utf8.count, limits.outputBytesMax) * left : 0))
        var result = String.UnicodeScalarView()
        for scalar in scalars {
            if left > 0 { result.append(contentsOf: other.unicodeScalars) }
            left -= 1
            result.append(scalar)
        }
        if left > 0 { result.append(contentsOf: other.unicodeScalars) }
        return String(result)
    }

    /// `str.split(separator, limit)`, from the front or from the back.
    func split(
        _ text: String, by separator: String, atMost limit: Int?, fromBack: Bool
    ) throws(TemplateError) -> [Value] {
        guard !separator.utf8.isEmpty else { throw TemplateError(.value, "empty separator") }
        let bytes = Array(text.utf8)
        let part = Array(separator.utf8)
        var pieces: [Value] = []
        if fromBack, let limit {
            let places = try places(of: part.reversed(), in: bytes.reversed(), atMost: limit)
                .map { bytes.count - $0 - part.count }.reversed()
            pieces = cut(bytes, at: Array(places), width: part.count)
        } else {
            pieces = cut(bytes, at: try places(of: part, in: bytes, atMost: limit), width: part.count)
        }
        try charge(bytes: bytes.count)
        return pieces
    }

    private func cut(_ bytes: [UInt8], at places: [Int], width: Int) -> [Value] {
        var pieces: [Value] = []
        var start = 0
        for place in places {
            pieces.append(.string(String(decoding: bytes[start..<place], as: UTF8.self)))
            start = place + width
        }
        pieces.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
        return pieces
    }

    /// `str.split()`: the words between runs of white space.
    func words(of text: String, atMost limit: Int?, fromBack: Bool) throws(TemplateError) -> [Value] {
        try charge(bytes: text.utf8.count)
        var rest = Substring(text).unicodeScalars
        var words: [Value] = []
        func takesMore() -> Bool { words.count < limit ?? .max }
        while true {
            if fromBack {
                while let last = rest.last, PythonSpace.contains(last) { rest.removeLast() }
                if rest.isEmpty { break }
                let space = takesMore() ? rest.lastIndex(where: PythonSpace.contains) : nil
                let start = space.map { rest.index(after: $0) } ?? rest.startIndex
                words.append(.string(String(rest[start...])))
                rest = rest[..<start]
            } else {
                while let first = rest.first, PythonSpace.contains(first) { rest.removeFirst() }
                if rest.isEmpty { break }
                let end =
                    takesMore()
                    ? rest.firstIndex(where: PythonSpace.contains) ?? rest.endIndex : rest.endIndex
                words.append(.string(String(rest[..<end])))
                rest = rest[end...]
            }
        }
        try charge(words.count)
        return fromBack ? words.reversed() : words
    }
}
