import JSON
package import Tensors

/// Reads the tensors of one safetensors file, without copying them.
///
/// Follows the format's description (huggingface/safetensors, README): a 64-bit length, that many bytes of JSON,
/// then the data. As there, the tensors must fill the data without holes or overlaps.
package enum Safetensors {
    /// The tensors in the order of their data, under the names in the file.
    package static func read(
        _ path: String, limits: ModelFileLimits = ModelFileLimits()
    ) throws(ModelFileError) -> [TensorView] {
        let file = try MappedFile.open(path)
        let dataStart = try dataStart(file, limits: limits)
        let header = try file.withBytes { (bytes) throws(ModelFileError) in
            try JSONValue(object: bytes[8..<dataStart], path: path)
        }
        var views: [TensorView] = []
        for (name, entry) in header.members where name != "__metadata__" {
            guard views.count < limits.tensorCountMax else {
                throw .overLimit(
                    path: path, place: "header", quantity: "tensor count", value: UInt64(views.count + 1),
                    limit: limits.tensorCountMax)
            }
            views.append(try view(name, entry, in: file, dataStart: dataStart, limits: limits))
        }
        views.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        try checkFilled(views, dataStart..<file.count, path: path)
        return views
    }

    private static func dataStart(_ file: MappedFile, limits: ModelFileLimits) throws(ModelFileError) -> Int {
        guard file.count >= 8 else {
            throw .malformed(
                path: file.path, place: "byte 0",
                reason: "a safetensors file has at least 8 bytes, not \(file.count)")
        }
        let count = file.withBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard count <= UInt64(limits.safetensorsHeaderBytesMax) else {
            throw .overLimit(
                path: file.path, place: "byte 0", quantity: "header length", value: count,
                limit: limits.safetensorsHeaderBytesMax)
        }
        guard Int(count) <= file.count - 8 else {
            throw .malformed(
                path: file.path, place: "byte 0",
                reason:
                    "the header of \(count) bytes does not fit the file of \(file.count); download it again")
        }
        return 8 + Int(count)
    }

    private static func view(
        _ name: String, _ entry: JSONValue, in file: MappedFile, dataStart: Int, limits: ModelFileLimits
    ) throws(ModelFileError) -> TensorView {
        func fault(_ reason: String) -> ModelFileError {
            .malformed(path: file.path, place: "tensor \(name)", reason: reason)
        }
        let type = try type(of: name, entry, path: file.path)
        guard let shape = integers(entry["shape"]), shape.count <= limits.dimensionsMax else {
            throw fault("its shape should be a list of at most \(limits.dimensionsMax) integers")
        }
        guard let offsets = integers(entry["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1]
        else {
            throw fault("its data_offsets should be two ascending integers")
        }
        let (start, overflow) = dataStart.addingReportingOverflow(offsets[0])
        guard !overflow,
            let view = TensorView(name: name, type: type, shape: shape, file: file, offset: start)
        else {
            throw fault(
                "\(type.name) with shape \(shape) at offset \(offsets[0]) does not fit the file of \(file.count) bytes"
            )
        }
        guard view.byteCount == offsets[1] - offsets[0] else {
            throw fault(
                "\(type.name) with shape \(shape) takes \(view.byteCount) bytes, but its data_offsets span "
                    + "\(offsets[1] - offsets[0])")
        }
        guard start % type.blockBytes == 0 else {
            throw fault(
                "its data is not aligned to \(type.blockBytes) bytes; save the file with a newer safetensors")
        }
        return view
    }

    private static func type(
        of name: String, _ entry: JSONValue, path: String
    ) throws(ModelFileError) -> TensorType {
        switch entry["dtype"]?.stringValue {
        case "F32": return .f32
        case "F16": return .f16
        case "BF16": return .bf16
        // Old checkpoints of encoders carry the positions, which nothing computes with.
        case "I64": return .i64
        case let other:
            throw .unsupported(
                path: path, feature: "tensor \(name)'s dtype \(other ?? "(none)")",
                remedy: "use a model in F32, F16 or BF16, or a GGUF file for quantised weights")
        }
    }

    private static func integers(_ value: JSONValue?) -> [Int]? {
        guard let elements = value?.arrayValue else { return nil }
        let integers = elements.compactMap(\.intValue)
        return integers.count == elements.count && integers.allSatisfy { $0 >= 0 } ? integers : nil
    }

    private static func checkFilled(
        _ views: [TensorView], _ data: Range<Int>, path: String
    ) throws(ModelFileError) {
        var end = data.lowerBound
        for view in views {
            guard view.range.lowerBound == end else {
                throw .malformed(
                    path: path, place: "tensor \(view.name)",
                    reason:
                        "it begins at byte \(view.range.lowerBound), but the tensor before it ends at byte \(end)"
                )
            }
            end = view.range.upperBound
        }
        guard end == data.upperBound else {
            throw .malformed(
                path: path, place: "byte \(end)",
                reason: "the tensors end here, but the file has \(data.upperBound) bytes")
        }
    }
}
