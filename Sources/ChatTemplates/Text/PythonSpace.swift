/// White space as Python's `str.isspace` and the pattern `\s` know it.
enum PythonSpace {
    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
            0x3000:
            true
        default: false
        }
    }

    /// Whether a line ends at this character for `str.splitlines`.
    static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// The first place at or after `start` where no white space stands.
    static func skipped(in bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            guard bytes[index] < 0x80 else {
                guard let scalar = scalar(in: bytes, at: index), contains(scalar) else { break }
                index += UTF8.width(scalar)
                continue
            }
            guard contains(Unicode.Scalar(bytes[index])) else { break }
            index += 1
        }
        return index
    }

    /// The end of that range without the white space at its end.
    static func trimmedEnd(of bytes: [UInt8], in range: Range<Int>) -> Int {
        var end = range.upperBound
        while end > range.lowerBound {
            var start = end - 1
            while start > range.lowerBound, bytes[start] & 0xC0 == 0x80 { start -= 1 }
            guard let scalar = scalar(in: bytes, at: start), contains(scalar) else { break }
            end = start
        }
        return end
    }

    private static func scalar(in bytes: [UInt8], at index: Int) -> Unicode.Scalar? {
        var decoder = UTF8()
        var rest = bytes[index..<min(index + 4, bytes.count)].makeIterator()
        if case .scalarValue(let scalar) = decoder.decode(&rest) { return scalar }
        return nil
    }
}
