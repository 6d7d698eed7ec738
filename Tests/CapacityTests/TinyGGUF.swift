/// Bytes of a GGUF file with a few keys and one tensor, right or broken.
struct TinyGGUF {
    enum Value {
        case uint8(UInt8), uint32(UInt32), int32(Int32), uint64(UInt64), float32(Float), float64(Double),
            bool(Bool)
        case string(String)
        case integers([UInt32])
        case strings([String])
    }

    var keys: [(name: String, value: Value)] = [
        ("general.architecture", .string("llama")), ("general.file_type", .uint32(15)),
        ("llama.block_count", .uint32(2)), ("llama.embedding_length", .uint32(64)),
        ("llama.attention.head_count", .uint32(4)), ("llama.attention.head_count_kv", .uint32(2)),
        ("llama.context_length", .uint32(128)), ("llama.feed_forward_length", .uint32(128)),
        ("llama.vocab_size", .uint32(32)),
    ]

    /// Sets a key, or removes it where the value is nil.
    mutating func set(_ name: String, _ value: Value?) {
        let index = keys.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): keys[index].value = value
        case (let index?, nil): keys.remove(at: index)
        case (nil, let value?): keys.append((name, value))
        case (nil, nil): break
        }
    }

    /// The file: header, keys, an f32 embedding of 32 rows of 64, its data.
    var bytes: [UInt8] {
        var bytes = Array("GGUF".utf8)
        append(UInt32(3), to: &bytes)
        append(UInt64(1), to: &bytes)
        append(UInt64(keys.count), to: &bytes)
        for (name, value) in keys {
            append(name, to: &bytes)
            append(value, to: &bytes)
        }
        append("token_embd.weight", to: &bytes)
        append(UInt32(2), to: &bytes)
        append(UInt64(64), to: &bytes)
        append(UInt64(32), to: &bytes)
        append(UInt32(0), to: &bytes)
        append(UInt64(0), to: &bytes)
        while !bytes.count.isMultiple(of: 32) { bytes.append(0) }
        return bytes + Array(repeating: 0, count: 64 * 32 * 4)
    }

    private func append(_ value: Value, to bytes: inout [UInt8]) {
        switch value {
        case .uint8(let number):
            append(UInt32(0), to: &bytes)
            bytes.append(number)
        case .uint32(let number):
            append(UInt32(4), to: &bytes)
            append(number, to: &bytes)
        case .int32(let number):
            append(UInt32(5), to: &bytes)
            append(UInt32(bitPattern: number), to: &bytes)
        case .float32(let number):
            append(UInt32(6), to: &bytes)
            append(number.bitPattern, to: &bytes)
        case .bool(let flag):
            append(UInt32(7), to: &bytes)
            bytes.append(flag ? 1 : 0)
        case .string(let text):
            append(UInt32(8), to: &bytes)
            append(text, to: &bytes)
        case .integers(let numbers):
            append(UInt32(9), to: &bytes)
            append(UInt32(4), to: &bytes)
            append(UInt64(numbers.count), to: &bytes)
            for number in numbers { append(number, to: &bytes) }
        case .strings(let texts):
            append(UInt32(9), to: &bytes)
            append(UInt32(8), to: &bytes)
            append(UInt64(texts.count), to: &bytes)
            for text in texts { append(text, to: &bytes) }
        case .uint64(let number):
            append(UInt32(10), to: &bytes)
            append(number, to: &bytes)
        case .float64(let number):
            append(UInt32(12), to: &bytes)
            append(number.bitPattern, to: &bytes)
        }
    }

    private func append(_ text: String, to bytes: inout [UInt8]) {
        append(UInt64(text.utf8.count), to: &bytes)
        bytes += Array(text.utf8)
    }

    private func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
        for index in 0..<(Number.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(8 * index)))
        }
    }
}
