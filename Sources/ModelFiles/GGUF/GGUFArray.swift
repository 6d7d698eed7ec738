package import Tensors

/// An array in a GGUF file's metadata that is decoded only when asked for.
///
/// Vocabularies have 100,000s of entries, and opening a file should cost milliseconds.
/// Its extent was checked when the file was opened.
package struct GGUFArray: Sendable {
    /// The type of every element.
    package let elementType: GGUFValueType
    /// How many elements there are.
    package let count: Int
    /// The file that the elements lie in.
    package let file: MappedFile
    /// Where in the file the elements lie, length prefixes of strings included.
    package let range: Range<Int>

    init(elementType: GGUFValueType, count: Int, file: MappedFile, range: Range<Int>) {
        self.elementType = elementType
        self.count = count
        self.file = file
        self.range = range
    }

    /// Calls `body` with the position and the raw UTF-8 of each string in turn, valid during the call only.
    ///
    /// An array of something else has no strings: `body` is never called.
    /// - Complexity: O(bytes), without any allocation.
    package func forEachString<Fault: Error>(
        _ body: (_ position: Int, _ utf8: UnsafeRawBufferPointer) throws(Fault) -> Void
    ) throws(Fault) {
        guard elementType == .string else { return }
        try file.withBytes { (bytes) throws(Fault) in
            var rest = UnsafeRawBufferPointer(rebasing: bytes[range])
            for position in 0..<count {
                // The file may have been rewritten since it was opened, so the lengths are checked again.
                guard rest.count >= 8 else { return }
                let length = UInt64(littleEndian: rest.loadUnaligned(as: UInt64.self))
                guard length <= UInt64(rest.count - 8) else { return }
                let end = 8 + Int(length)
                try body(position, UnsafeRawBufferPointer(rebasing: rest[8..<end]))
                rest = UnsafeRawBufferPointer(rebasing: rest[end...])
            }
        }
    }

    /// The strings, where the elements are strings; bytes that are not UTF-8 become U+FFFD.
    package var strings: [String]? {
        guard elementType == .string else { return nil }
        var strings: [String] = []
        strings.reserveCapacity(count)
        forEachString { _, utf8 in strings.append(String(decoding: utf8, as: UTF8.self)) }
        return strings
    }

    /// The integers, where the elements are integers that fit.
    package var integers: [Int]? {
        switch elementType {
        case .uint8: decoded(UInt8.self) { Int($0) }
        case .int8: decoded(Int8.self) { Int($0) }
        case .uint16: decoded(UInt16.self) { Int(UInt16(littleEndian: $0)) }
        case .int16: decoded(Int16.self) { Int(Int16(littleEndian: $0)) }
        case .uint32: decoded(UInt32.self) { Int(UInt32(littleEndian: $0)) }
        case .int32: decoded(Int32.self) { Int(Int32(littleEndian: $0)) }
        case .uint64: decoded(UInt64.self) { Int(exactly: UInt64(littleEndian: $0)) }
        case .int64: decoded(Int64.self) { Int(Int64(littleEndian: $0)) }
        case .float32, .float64, .bool, .string, .array: nil
        }
    }

    /// The numbers in single precision, where the elements are floating point.
    package var floats: [Float]? {
        switch elementType {
        case .float32: decoded(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
        case .float64: decoded(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        default: nil
        }
    }

    /// The truth values, where the elements are truth values.
    package var bools: [Bool]? {
        elementType == .bool ? decoded(UInt8.self) { $0 != 0 } : nil
    }

    /// The arrays, where the elements are arrays.
    package var arrays: [GGUFArray]? {
        guard elementType == .array else { return nil }
        var cursor = GGUFCursor(file: file, limits: ModelFileLimits(), range: range)
        var arrays: [GGUFArray] = []
        for _ in 0..<count {
            guard let array = try? cursor.readArray(key: "array") else { return nil }
            arrays.append(array)
        }
        return arrays
    }

    private func decoded<Stored: BitwiseCopyable, Element>(
        _ type: Stored.Type, _ convert: (Stored) -> Element?
    ) -> [Element]? {
        file.withBytes { bytes in
            var elements: [Element] = []
            elements.reserveCapacity(count)
            for offset in stride(from: range.lowerBound, to: range.upperBound, by: MemoryLayout<Stored>.size)
            {
                guard let element = convert(bytes.loadUnaligned(fromByteOffset: offset, as: type)) else {
                    return nil
                }
                elements.append(element)
            }
            return elements
        }
    }
}
