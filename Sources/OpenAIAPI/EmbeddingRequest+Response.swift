import JSON

extension EmbeddingRequest {
    /// OpenAI's list of embeddings, as bytes of JSON: a tree of so many numbers would take longer than they did.
    ///
    /// - Parameter rows: `[sequences, dimension]`.
    package func response(_ rows: [ArraySlice<Float>], id: String, created: Int) -> [UInt8] {
        let head: JSONValue = [
            "id": .string(id), "object": "list", "created": .int(created), "model": .string(model.id),
            "usage": ["prompt_tokens": .int(tokenCount), "total_tokens": .int(tokenCount)],
        ]
        var bytes = head.serializedBytes()
        bytes.removeLast()
        bytes += Array(",\"data\":[".utf8)
        for (index, vector) in vectors(of: rows).enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += Array("{\"object\":\"embedding\",\"index\":\(index),\"embedding\":".utf8)
            switch encoding {
            case .float: Self.append(vector, to: &bytes)
            case .base64:
                bytes.append(UInt8(ascii: "\""))
                Base64.append(Self.littleEndian(vector), to: &bytes)
                bytes.append(UInt8(ascii: "\""))
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes += Array("]}".utf8)
        return bytes
    }

    /// The shortest decimals that read back as the same numbers.
    private static func append(_ vector: [Float], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, number) in vector.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: number.description.utf8)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func littleEndian(_ vector: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * vector.count)
        for number in vector {
            let bits = number.bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        return bytes
    }
}

/// Base 64 (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends the text of some bytes, padded.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 {
                group = group << 8 | (offset < count ? UInt32(bytes[index + offset]) : 0)
            }
            for place in 0..<4 {
                text.append(place <= count ? digits[Int(group >> UInt32(18 - 6 * place) & 63)] : 0x3D)
            }
            index += 3
        }
    }
}
