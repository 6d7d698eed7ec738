import Foundation
import JSON
import OrderedCollections
import Testing

/// A tiny random model of Golden/families.json, written out as a Hugging Face folder.
struct TinyModel: Sendable, CustomTestStringConvertible {
    let name: String
    let config: JSONValue
    /// The names and shapes of the tensors, in the order in which they are drawn.
    var tensors: [(name: String, shape: [Int])]
    /// What Transformers computes, a row for each recorded position.
    let logits: [[Double]]

    var testDescription: String { name }

    init(_ value: JSONValue) throws {
        name = try #require(value["name"]?.stringValue)
        config = try #require(value["config"])
        tensors = try #require(value["tensors"]?.arrayValue).map { tensor in
            let shape = try #require(tensor[1]?.arrayValue).compactMap(\.intValue)
            return (name: try #require(tensor[0]?.stringValue), shape: shape)
        }
        logits = try #require(value["logits"]?.arrayValue).map { row in
            try #require(row.arrayValue).compactMap(\.doubleValue)
        }
    }

    /// How weights are stored.
    enum Storage: String, CaseIterable {
        case f32 = "F32"
        case bf16 = "BF16"
        case f16 = "F16"
    }

    /// Calls `body` with the path of a folder that holds the model for as long as the call lasts.
    func withFolder(_ storage: Storage, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "needletail-tiny-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(config.serializedBytes()).write(to: folder.appending(path: "config.json"))
        try safetensors(storage).write(to: folder.appending(path: "model.safetensors"))
        try body(folder.path)
    }

    private func safetensors(_ storage: Storage) -> Data {
        var header: OrderedDictionary<String, JSONValue> = [:]
        var data = Data()
        for (seed, tensor) in tensors.enumerated() {
            let start = data.count
            let draws = Self.draw(seed: UInt64(seed), count: tensor.shape.reduce(1, *))
            for draw in draws {
                let value = tensor.name.contains("norm") ? 1 + draw / 2 : draw / 2
                Self.append(value, storage, to: &data)
            }
            header[tensor.name] = [
                "dtype": .string(storage.rawValue), "shape": .array(tensor.shape.map { .int($0) }),
                "data_offsets": [.int(start), .int(data.count)],
            ]
        }
        var json = JSONValue.object(header).serializedBytes()
        // The data begins at a multiple of 8 bytes.
        json += repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json + data
    }

    private static func append(_ value: Float, _ storage: Storage, to data: inout Data) {
        switch storage {
        case .f32: withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
        case .bf16:
            let rounded = UInt16((value.bitPattern + 0x7FFF + (value.bitPattern >> 16 & 1)) >> 16)
            withUnsafeBytes(of: rounded.littleEndian) { data.append(contentsOf: $0) }
        case .f16: withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { data.append(contentsOf: $0) }
        }
    }

    /// The generator of Golden/make_families.py: numbers in [-0.5, 0.5).
    private static func draw(seed: UInt64, count: Int) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / 16_777_216 - 0.5
        }
    }
}
