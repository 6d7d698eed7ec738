import ModelFiles
import Tensors

/// Writes GGUF files, well formed or not.
struct GGUFWriter {
    /// A metadata value with its type; the name of a case is the type that is written.
    indirect enum Value {
        case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
        case uint64(UInt64), int64(Int64), float32(Float), float64(Double), bool(Bool), string(String)
        case array(GGUFValueType, [Value])
        /// Bytes under a type number, whatever they mean.
        case raw(UInt32, [UInt8])
    }

    struct Tensor {
        var name: String
        var type: UInt32 = TensorType.f32.rawValue
        /// Outermost first.
        var shape: [Int]
        var data: [UInt8]
        /// Where to say that the data lies; nil for where it does.
        var offset: UInt64?
    }

    var magic: [UInt8] = Array("GGUF".utf8)
    var version: UInt32 = 3
    var alignment = 32
    var metadata: [(key: String, value: Value)] = []
    var tensors: [Tensor] = []
    /// What to state in place of the true counts.
    var tensorCount: UInt64?
    var metadataCount: UInt64?

    subscript(key: String) -> Value? {
        get { metadata.first { $0.key == key }?.value }
        set {
            let position = metadata.firstIndex { $0.key == key }
            switch (position, newValue) {
            case (let position?, let value?): metadata[position].value = value
            case (let position?, nil): metadata.remove(at: position)
            case (nil, let value?): metadata.append((key, value))
            case (nil, nil): break
            }
        }
    }

    /// The file.
    func bytes() -> [UInt8] {
        var output = magic
        output.append(version)
        output.append(tensorCount ?? UInt64(tensors.count))
        output.append(metadataCount ?? UInt64(metadata.count))
        for (key, value) in metadata {
            output.append(key)
            output.append(value.type)
            output.append(value)
        }
        var offset = 0
        for tensor in tensors {
            output.append(tensor.name)
            output.append(UInt32(tensor.shape.count))
            for dimension in tensor.shape.reversed() { output.append(UInt64(bitPattern: Int64(dimension))) }
            output.append(tensor.type)
            output.append(tensor.offset ?? UInt64(offset))
            offset = padded(offset + tensor.data.count)
        }
        for tensor in tensors {
            output += [UInt8](repeating: 0, count: padded(output.count) - output.count)
            output += tensor.data
        }
        return output
    }

    private func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}

extension GGUFWriter {
    /// A model of that architecture with every tensor that it needs, small enough to be written 1,000s of times.
    static func tiny(_ architecture: String = "llama", layers: Int = 1, vocabulary: Int = 5) -> GGUFWriter {
        var writer = GGUFWriter()
        writer.metadata = [
            ("general.architecture", .string(architecture)),
            ("general.name", .string("Tiny")),
            ("\(architecture).block_count", .uint32(UInt32(layers))),
            ("\(architecture).context_length", .uint32(64)),
            ("\(architecture).embedding_length", .uint32(8)),
            ("\(architecture).feed_forward_length", .uint32(12)),
            ("\(architecture).attention.head_count", .uint32(2)),
            ("\(architecture).attention.head_count_kv", .uint32(1)),
            ("\(architecture).attention.layer_norm_rms_epsilon", .float32(1e-5)),
            ("tokenizer.ggml.tokens", .array(.string, (0..<vocabulary).map { .string("t\($0)") })),
            ("tokenizer.ggml.token_type", .array(.int32, (0..<vocabulary).map { .int32(Int32($0)) })),
            ("tokenizer.ggml.eos_token_id", .uint32(2)),
        ]
        writer.tensors = [.zeros("token_embd.weight", [vocabulary, 8]), .zeros("output_norm.weight", [8])]
        for layer in 0..<layers {
            let shapes = [
                ("attn_norm", [8]), ("attn_q", [8, 8]), ("attn_k", [4, 8]), ("attn_v", [4, 8]),
                ("attn_output", [8, 8]),
                ("ffn_norm", [8]), ("ffn_gate", [12, 8]), ("ffn_up", [12, 8]), ("ffn_down", [8, 12]),
            ]
            writer.tensors += shapes.map { .zeros("blk.\(layer).\($0).weight", $1) }
        }
        return writer
    }
}

extension GGUFWriter.Tensor {
    /// A tensor of zeros in single precision.
    static func zeros(_ name: String, _ shape: [Int]) -> Self {
        Self(name: name, shape: shape, data: [UInt8](repeating: 0, count: 4 * shape.reduce(1, *)))
    }

    /// A vector in single precision.
    static func vector(_ name: String, _ numbers: [Float]) -> Self {
        var data: [UInt8] = []
        for number in numbers { data.append(number.bitPattern) }
        return Self(name: name, shape: [numbers.count], data: data)
    }
}

extension GGUFWriter.Value {
    fileprivate var type: UInt32 {
        switch self {
        case .uint8: 0
        case .int8: 1
        case .uint16: 2
        case .int16: 3
        case .uint32: 4
        case .int32: 5
        case .float32: 6
        case .bool: 7
        case .string: 8
        case .array: 9
        case .uint64: 10
        case .int64: 11
        case .float64: 12
        case .raw(let type, _): type
        }
    }
}

extension [UInt8] {
    /// Appends the number in little-endian order.
    mutating func append(_ number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Appends GGUF's form of a string.
    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        append(contentsOf: text.utf8)
    }

    fileprivate mutating func append(_ value: GGUFWriter.Value) {
        switch value {
        case .uint8(let number): append(number as UInt8)
        case .int8(let number): append(UInt8(bitPattern: number))
        case .uint16(let number): append(number)
        case .int16(let number): append(number)
        case .uint32(let number): append(number)
        case .int32(let number): append(number)
        case .uint64(let number): append(number)
        case .int64(let number): append(number)
        case .float32(let number): append(number.bitPattern)
        case .float64(let number): append(number.bitPattern)
        case .bool(let value): append(UInt8(value ? 1 : 0))
        case .string(let text): append(text)
        case .array(let type, let elements):
            append(type.rawValue)
            append(UInt64(elements.count))
            for element in elements { append(element) }
        case .raw(_, let bytes): append(contentsOf: bytes)
        }
    }
}
