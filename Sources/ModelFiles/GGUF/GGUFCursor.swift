import Tensors

/// Reads a GGUF file's header from front to back; every read is checked against the end.
///
/// Follows the GGUF specification (ggml-org/ggml, docs/gguf.md).
struct GGUFCursor {
    let file: MappedFile
    let limits: ModelFileLimits
    /// The byte that is read next.
    private(set) var offset: Int
    private let end: Int

    /// Reads `range` of the file, by default all of it.
    init(file: MappedFile, limits: ModelFileLimits, range: Range<Int>? = nil) {
        self.file = file
        self.limits = limits
        self.offset = range?.lowerBound ?? 0
        self.end = range?.upperBound ?? file.count
    }

    /// Reads a little-endian number; `what` names it in errors.
    mutating func read<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: StaticString
    ) throws(ModelFileError) -> Number {
        let start = offset
        try skip(MemoryLayout<Number>.size, what)
        return file.withBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: type)) }
    }

    /// Reads a 64-bit count that must not exceed `limit`.
    mutating func readCount(_ what: StaticString, limit: Int) throws(ModelFileError) -> Int {
        let place = offset
        let count = try read(UInt64.self, what)
        guard count <= UInt64(limit) else {
            throw .overLimit(
                path: file.path, place: "byte \(place)", quantity: "\(what)", value: count, limit: limit)
        }
        return Int(count)
    }

    /// Reads a string of at most `limit` bytes; nil where it is not UTF-8.
    mutating func readString(_ what: StaticString, limit: Int) throws(ModelFileError) -> String? {
        let range = try readStringRange(what, limit: limit)
        return file.withBytes { String(validating: $0[range], as: UTF8.self) }
    }

    /// Reads a value of that type.
    mutating func readValue(_ type: GGUFValueType, key: String) throws(ModelFileError) -> GGUFValue {
        switch type {
        case .uint8: return .uint8(try read(UInt8.self, "value"))
        case .int8: return .int8(try read(Int8.self, "value"))
        case .uint16: return .uint16(try read(UInt16.self, "value"))
        case .int16: return .int16(try read(Int16.self, "value"))
        case .uint32: return .uint32(try read(UInt32.self, "value"))
        case .int32: return .int32(try read(Int32.self, "value"))
        case .uint64: return .uint64(try read(UInt64.self, "value"))
        case .int64: return .int64(try read(Int64.self, "value"))
        case .float32: return .float32(Float(bitPattern: try read(UInt32.self, "value")))
        case .float64: return .float64(Double(bitPattern: try read(UInt64.self, "value")))
        case .bool: return .bool(try read(UInt8.self, "value") != 0)
        case .string:
            let range = try readStringRange("string length", limit: limits.stringBytesMax)
            return .string(file.withBytes { String(decoding: $0[range], as: UTF8.self) })
        case .array: return .array(try readArray(key: key))
        }
    }

    /// Reads a value's type number.
    mutating func readValueType(key: String) throws(ModelFileError) -> GGUFValueType {
        let place = offset
        let number = try read(UInt32.self, "value type")
        guard let type = GGUFValueType(rawValue: number) else {
            throw .malformed(
                path: file.path, place: "byte \(place)",
                reason: "key \(key) has the unknown value type \(number)")
        }
        return type
    }

    /// Reads an array's type and length, and passes over its elements.
    mutating func readArray(key: String, depth: Int = 1) throws(ModelFileError) -> GGUFArray {
        guard depth <= limits.arrayDepthMax else {
            throw .overLimit(
                path: file.path, place: "byte \(offset), key \(key)", quantity: "nesting of arrays",
                value: UInt64(depth), limit: limits.arrayDepthMax)
        }
        let elementType = try readValueType(key: key)
        let count = try readCount("array length", limit: limits.arrayCountMax)
        let start = offset
        switch elementType {
        case .string:
            try skipStrings(count)
        case .array:
            for _ in 0..<count { _ = try readArray(key: key, depth: depth + 1) }
        default:
            // At most arrayCountMax times 8, which cannot overflow.
            try skip(count * (elementType.byteCount ?? 0), "array")
        }
        return GGUFArray(elementType: elementType, count: count, file: file, range: start..<offset)
    }

    /// Passes over strings in one go, since a vocabulary has 100,000s.
    private mutating func skipStrings(_ count: Int) throws(ModelFileError) {
        var position = offset
        let (end, limit) = (end, UInt64(limits.stringBytesMax))
        let isWhole = file.withBytes { bytes in
            for _ in 0..<count {
                guard end - position >= 8 else { return false }
                let length = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                guard length <= limit, length <= UInt64(end - position - 8) else { return false }
                position += 8 + Int(length)
            }
            return true
        }
        offset = position
        if !isWhole { _ = try readStringRange("string length", limit: limits.stringBytesMax) }
    }

    private mutating func readStringRange(
        _ what: StaticString, limit: Int
    ) throws(ModelFileError) -> Range<Int> {
        let count = try readCount(what, limit: limit)
        let start = offset
        try skip(count, what)
        return start..<offset
    }

    private mutating func skip(_ count: Int, _ what: StaticString) throws(ModelFileError) {
        guard count <= end - offset else {
            throw .malformed(
                path: file.path, place: "byte \(offset)",
                reason:
                    "the \(what) needs \(count) bytes, but the file ends at byte \(end); download it again")
        }
        offset += count
    }
}
