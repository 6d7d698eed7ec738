import JSON
import ModelFiles
import OrderedCollections
import Tensors
import Testing

struct SafetensorsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func fault(_ change: (inout FolderWriter) -> Void) throws -> String {
        var model = FolderWriter.tiny()
        change(&model)
        try model.write(to: folder)
        return try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }.description
    }

    @Test(
        "Single, half and brain precision are read",
        arguments: [("F32", 4, .f32), ("F16", 2, .f16), ("BF16", 2, .bf16)] as [(String, Int, TensorType)])
    func readsTypes(dtype: String, bytes: Int, type: TensorType) throws {
        var model = FolderWriter.tiny()
        for index in model.tensors.indices {
            let tensor = model.tensors[index]
            let shape = tensor.shape.arrayValue?.compactMap(\.intValue) ?? []
            model.tensors[index] = .init(tensor.name, shape, dtype: .string(dtype), bytes: bytes)
        }
        model.tensors[1].data[2] = 42
        try model.write(to: folder)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.tensors.values.allSatisfy { $0.type == type })
        #expect(checkpoint.quantizationName == type.name)
        let norm = try checkpoint.tensor("output_norm.weight", shape: [8])
        #expect(norm.withBytes { Array($0) } == [0, 0, 42] + [UInt8](repeating: 0, count: 8 * bytes - 3))
    }

    @Test(
        "Another dtype is refused with the tensor",
        arguments: ["F8_E4M3", "I8", "U8", "F64", "bf16", nil] as [JSONValue])
    func refusesTypes(dtype: JSONValue) throws {
        let text = try fault { $0.tensors[1].dtype = dtype }
        #expect(
            text.contains(
                "tensor model.norm.weight's dtype \(dtype.stringValue ?? "(none)") is not supported"))
    }

    @Test func `tensors in several files are found through the index`() throws {
        let model = FolderWriter.tiny()
        try model.writeSharded(to: folder, count: 3)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.tensors.count == model.tensors.count)
        #expect(Set(checkpoint.tensors.values.map(\.file.path)).count == 3)
    }

    @Test func `a missing file of the index is named`() throws {
        try FolderWriter.tiny().writeSharded(to: folder)
        folder.remove("model-00002-of-00002.safetensors")
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(
            error
                == .missingFile(
                    path: "\(folder.path)/model-00002-of-00002.safetensors",
                    wantedBy: "\(folder.path)/model.safetensors.index.json"))
    }

    @Test(
        "An index that leads out of the folder is refused",
        arguments: ["../secret.safetensors", "/etc/passwd", "", 7, nil] as [JSONValue])
    func refusesPaths(file: JSONValue) throws {
        try FolderWriter.tiny().writeSharded(to: folder) { $0["lm_head.weight"] = file }
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(
            error.description.contains(
                "tensor lm_head.weight: a file name without a folder should stand here"))
    }

    @Test func `a tensor that is not in the file that the index names is refused`() throws {
        try FolderWriter.tiny().writeSharded(to: folder) { $0["ghost"] = $0["lm_head.weight"] }
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.contains("the model has no tensor ghost"))
    }

    @Test func `an index without a weight map, and a folder without tensors, are refused`() throws {
        try FolderWriter.tiny().writeSharded(to: folder)
        try folder.write("{\"weight_map\": []}", to: "model.safetensors.index.json")
        var error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.contains("key weight_map: an object should stand here"))
        folder.remove("model.safetensors.index.json")
        error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error == .missingFile(path: "\(folder.path)/model.safetensors", wantedBy: "a model folder"))
    }

    @Test(
        "Data offsets that do not fit are refused",
        arguments: [
            ([32, 64], "it begins at byte"), ([160, 190], "takes 32 bytes, but its data_offsets span 30"),
            ([164, 196], "it begins at byte"),
            ([1_099_511_627_776, 1_099_511_627_776], "does not fit the file"),
            ([.int(.max), .int(.max)], "does not fit the file"),
            ([192, 160], "should be two ascending integers"),
            ([-32, 0], "should be two ascending integers"), ([160], "should be two ascending integers"),
            ([160.5, 192], "should be two ascending integers"), ("160", "should be two ascending integers"),
        ] as [(JSONValue, String)])
    func refusesOffsets(offsets: JSONValue, reason: String) throws {
        let text = try fault { $0.tensors[1].offsets = offsets }
        #expect(text.contains("tensor model.norm.weight: ") && text.contains(reason), "\(text)")
    }

    @Test(
        "A shape that is none is refused",
        arguments: [[-8], [8.5], "8", nil, [1, 1, 1, 1, 8], [.int(.max), 2], ["8"]] as [JSONValue])
    func refusesShapes(shape: JSONValue) throws {
        #expect(try fault { $0.tensors[1].shape = shape }.contains("tensor model.norm.weight: "))
    }

    @Test func `bytes after the last tensor are refused`() throws {
        let model = FolderWriter.tiny()
        try model.write(to: folder)
        try folder.write(SafetensorsWriter(tensors: model.tensors).bytes() + [0], to: "model.safetensors")
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.contains("the tensors end here"))
    }

    @Test(
        "A header length that does not fit is refused",
        arguments: [0, 1, 100_000, 100_000_001, .max] as [UInt64])
    func refusesHeaderLengths(length: UInt64) throws {
        let model = FolderWriter.tiny()
        try model.write(to: folder)
        let writer = SafetensorsWriter(tensors: model.tensors, headerBytes: length)
        let path = try folder.write(writer.bytes(), to: "model.safetensors")
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.hasPrefix(path))
    }
}
