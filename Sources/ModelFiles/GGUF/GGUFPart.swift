import Tensors

/// One file of a GGUF model: the whole model, or one part of a split one.
///
/// Follows the GGUF specification (ggml-org/ggml, docs/gguf.md):
///
///     magic "GGUF" · version u32 · tensor count u64 · pair count u64
///     pairs    key · type u32 · value                            (as many as counted)
///     tensors  name · dimension count u32 · dimensions u64… · type u32 · offset u64
///     padding to the alignment
///     data     each tensor at its offset from here
struct GGUFPart {
    let path: String
    let version: Int
    let metadata: GGUFMetadata
    let alignment: Int
    let tensors: [TensorView]

    /// Reads the header of the file at `path` and checks every tensor's extent.
    init(path: String, limits: ModelFileLimits) throws(ModelFileError) {
        let file = try MappedFile.open(path)
        var cursor = GGUFCursor(file: file, limits: limits)
        self.path = path
        self.version = try Self.readVersion(&cursor)
        let tensorCount = try cursor.readCount("tensor count", limit: limits.tensorCountMax)
        let metadataCount = try cursor.readCount("metadata count", limit: limits.metadataCountMax)
        self.metadata = try Self.readMetadata(&cursor, count: metadataCount)
        self.alignment = try Self.alignment(metadata, path: path, limit: limits.alignmentMax)
        var headers: [GGUFTensorHeader] = []
        for _ in 0..<tensorCount { headers.append(try GGUFTensorHeader(&cursor)) }
        let dataStart = (cursor.offset + alignment - 1) / alignment * alignment
        var tensors: [TensorView] = []
        for header in headers {
            tensors.append(try header.view(in: file, dataStart: dataStart, alignment: alignment))
        }
        try tensors.checkDisjoint(path: path)
        self.tensors = tensors
    }

    private static func readVersion(_ cursor: inout GGUFCursor) throws(ModelFileError) -> Int {
        let path = cursor.file.path
        let magic = try cursor.read(UInt32.self, "magic number")
        guard magic == 0x4655_4747 else {
            throw .malformed(
                path: path, place: "byte 0", reason: "this is no GGUF file; it should begin with \"GGUF\"")
        }
        let version = try cursor.read(UInt32.self, "version")
        switch version {
        case 2, 3:
            return Int(version)
        case 1:
            throw .unsupported(
                path: path, feature: "GGUF version 1",
                remedy: "convert the model again; versions 2 and 3 are read")
        case _ where (1...3).contains(version.byteSwapped):
            throw .unsupported(
                path: path, feature: "a big-endian GGUF file",
                remedy: "convert it to little-endian (gguf-convert-endian of the gguf Python package does)")
        default:
            throw .unsupported(
                path: path, feature: "GGUF version \(version)", remedy: "versions 2 and 3 are read")
        }
    }

    private static func readMetadata(
        _ cursor: inout GGUFCursor, count: Int
    ) throws(ModelFileError) -> GGUFMetadata {
        let path = cursor.file.path
        var metadata = GGUFMetadata()
        for _ in 0..<count {
            let place = cursor.offset
            guard let key = try cursor.readString("key length", limit: cursor.limits.keyBytesMax) else {
                throw .malformed(path: path, place: "byte \(place)", reason: "a key is not valid UTF-8")
            }
            let type = try cursor.readValueType(key: key)
            guard metadata.append(key, try cursor.readValue(type, key: key)) else {
                throw .malformed(
                    path: path, place: "byte \(place)", reason: "the key \(key) stands there twice")
            }
        }
        return metadata
    }

    private static func alignment(
        _ metadata: GGUFMetadata, path: String, limit: Int
    ) throws(ModelFileError) -> Int {
        guard let value = metadata["general.alignment"] else { return 32 }
        guard let alignment = value.intValue, alignment >= 8, alignment & (alignment - 1) == 0,
            alignment <= limit
        else {
            throw .malformed(
                path: path, place: "key general.alignment",
                reason: "\(value.text) is no power of two from 8 to \(limit)")
        }
        return alignment
    }
}

/// What a GGUF file's tensor table says of one tensor.
private struct GGUFTensorHeader {
    let name: String
    let shape: [Int]
    let type: TensorType
    let offset: Int

    init(_ cursor: inout GGUFCursor) throws(ModelFileError) {
        let (path, place, limits) = (cursor.file.path, "byte \(cursor.offset)", cursor.limits)
        guard let name = try cursor.readString("tensor name length", limit: limits.tensorNameBytesMax) else {
            throw .malformed(path: path, place: place, reason: "a tensor's name is not valid UTF-8")
        }
        let dimensionCount = try cursor.read(UInt32.self, "dimension count")
        guard dimensionCount <= UInt32(limits.dimensionsMax) else {
            throw .overLimit(
                path: path, place: "tensor \(name)", quantity: "dimension count",
                value: UInt64(dimensionCount),
                limit: limits.dimensionsMax)
        }
        var shape: [Int] = []
        for _ in 0..<dimensionCount { shape.append(try cursor.readCount("dimension", limit: Int.max)) }
        let typeNumber = try cursor.read(UInt32.self, "tensor type")
        guard let type = TensorType(rawValue: typeNumber) else {
            throw .unsupported(
                path: path, feature: "tensor \(name)'s type number \(typeNumber)",
                remedy: "use a model quantised to a type such as Q4_K, Q8_0 or F16")
        }
        self.name = name
        self.shape = shape.reversed()  // GGUF lists the innermost dimension first.
        self.type = type
        self.offset = try cursor.readCount("tensor offset", limit: Int.max)
    }

    func view(in file: MappedFile, dataStart: Int, alignment: Int) throws(ModelFileError) -> TensorView {
        let (start, overflow) = dataStart.addingReportingOverflow(offset)
        guard offset % alignment == 0 else {
            throw .malformed(
                path: file.path, place: "tensor \(name)",
                reason: "its offset \(offset) is no multiple of the alignment \(alignment)")
        }
        guard !overflow,
            let view = TensorView(name: name, type: type, shape: shape, file: file, offset: start)
        else {
            throw .malformed(
                path: file.path, place: "tensor \(name)",
                reason: """
                    \(type.name) with dimensions \(shape) at offset \(offset) does not fit the file of \(file.count) \
                    bytes; if it was cut short, download it again
                    """)
        }
        return view
    }
}
