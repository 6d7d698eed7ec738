import JSON
import ModelFiles
import Tensors

/// One tensor of a safetensors header, of any dtype: planning needs names and sizes, not the data.
struct StoredTensor {
    var name: String
    var dtype: String
    var shape: [Int]
    var byteCount: Int
}

/// Reads the header of a safetensors file: a 64-bit length, then that many bytes of JSON.
enum SafetensorsHeader {
    static func read(_ path: String) throws(ProfileError) -> [StoredTensor] {
        let file: MappedFile
        do { file = try MappedFile(path: path) } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        let header = try file.withBytes { (bytes) throws(ProfileError) -> JSONValue in
            guard bytes.count >= 8 else {
                throw .unreadable(
                    path: path, reason: "a safetensors file has at least 8 bytes, not \(bytes.count)")
            }
            let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
            let limit = min(bytes.count - 8, ModelFileLimits().safetensorsHeaderBytesMax)
            guard length <= UInt64(limit) else {
                throw .unreadable(
                    path: path, reason: "its header has \(length) bytes, at most \(limit) are possible")
            }
            do {
                return try JSONValue(parsing: bytes[8..<(8 + Int(length))])
            } catch {
                throw .unreadable(path: path, reason: "its header is no JSON: \(error)")
            }
        }
        var tensors: [StoredTensor] = []
        for (name, entry) in header.members where name != "__metadata__" {
            guard let dtype = entry["dtype"]?.stringValue, let shape = entry["shape"]?.arrayValue,
                let start = entry["data_offsets"]?[0]?.intValue,
                let end = entry["data_offsets"]?[1]?.intValue,
                0 <= start, start <= end
            else { throw .unreadable(path: path, reason: "tensor \(name) has no dtype, shape or place") }
            tensors.append(
                StoredTensor(
                    name: name, dtype: dtype, shape: shape.compactMap(\.intValue), byteCount: end - start))
        }
        return tensors
    }
}
