import ModelFiles
import Tensors
import Testing

struct GGUFFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func open(_ writer: GGUFWriter, limits: ModelFileLimits = ModelFileLimits()) throws -> GGUFFile {
        try GGUFFile(path: folder.write(writer.bytes(), to: "model.gguf"), limits: limits)
    }

    private func fault(_ writer: GGUFWriter, limits: ModelFileLimits = ModelFileLimits()) throws -> String {
        try #require(throws: ModelFileError.self) { try open(writer, limits: limits) }.description
    }

    @Test("Versions 2 and 3 are read", arguments: [2, 3] as [UInt32])
    func readsVersions(version: UInt32) throws {
        var writer = GGUFWriter.tiny()
        writer.version = version
        let file = try open(writer)
        #expect(
            file.version == version && file.alignment == 32 && file.paths == ["\(folder.path)/model.gguf"])
        #expect(file.tensors.map(\.name) == writer.tensors.map(\.name))
        #expect(file.tensors.map(\.shape) == writer.tensors.map(\.shape))
        #expect(file.metadata.entries.map(\.key) == writer.metadata.map(\.key))
    }

    @Test func `a metadata value of every type is read`() throws {
        var writer = GGUFWriter()
        writer.metadata = [
            ("u8", .uint8(250)), ("i8", .int8(-3)), ("u16", .uint16(65_000)), ("i16", .int16(-300)),
            ("u32", .uint32(.max)), ("i32", .int32(.min)), ("u64", .uint64(.max)), ("i64", .int64(.min)),
            ("f32", .float32(1.5)), ("f64", .float64(-0.1)), ("yes", .bool(true)), ("text", .string("é😀")),
        ]
        let metadata = try open(writer).metadata
        let texts = metadata.entries.map(\.value.text)
        #expect(
            texts == [
                "250", "-3", "65000", "-300", "4294967295", "-2147483648", "18446744073709551615",
                "-9223372036854775808", "1.5", "-0.1", "true", "\"é😀\"",
            ])
        #expect(metadata["u64"]?.intValue == nil && metadata["i64"]?.intValue == .min)
        #expect(metadata["f32"]?.doubleValue == 1.5 && metadata["yes"]?.boolValue == true)
        #expect(metadata["text"]?.stringValue == "é😀" && metadata["absent"] == nil)
    }

    @Test func `arrays are decoded when asked for`() throws {
        var writer = GGUFWriter()
        writer.metadata = [
            ("strings", .array(.string, [.string("a"), .string(""), .string("中")])),
            ("ints", .array(.int16, [.int16(-1), .int16(2)])),
            ("floats", .array(.float64, [.float64(0.5)])),
            ("bools", .array(.bool, [.bool(true), .bool(false)])),
            ("nested", .array(.array, [.array(.uint8, [.uint8(1)]), .array(.string, [.string("x")])])),
            ("large", .array(.uint64, [.uint64(.max)])),
            ("empty", .array(.string, [])),
        ]
        let metadata = try open(writer).metadata
        let array = { (key: String) in try #require(metadata[key]?.arrayValue) }
        #expect(try array("strings").strings == ["a", "", "中"])
        #expect(try array("ints").integers == [-1, 2] && array("ints").strings == nil)
        #expect(try array("floats").floats == [0.5] && array("bools").bools == [true, false])
        #expect(try array("large").integers == nil && array("empty").strings == [])
        let nested = try #require(try array("nested").arrays)
        #expect(nested[0].integers == [1] && nested[1].strings == ["x"])
        var visited: [Int: [UInt8]] = [:]
        try array("strings").forEachString { visited[$0] = Array($1) }
        #expect(visited == [0: [0x61], 1: [], 2: Array("中".utf8)])
        try array("ints").forEachString { _, _ in Issue.record("integers are no strings") }
    }

    @Test("Tensors lie where the alignment puts them", arguments: [8, 32, 64, 4096])
    func honoursAlignment(alignment: Int) throws {
        var writer = GGUFWriter.tiny()
        writer.alignment = alignment
        writer["general.alignment"] = .uint32(UInt32(alignment))
        writer.tensors.append(.vector("marked", [1, 2, 3]))
        let file = try open(writer)
        #expect(file.alignment == alignment)
        #expect(file.tensors.allSatisfy { $0.range.lowerBound % alignment == 0 })
        let marked = try #require(file.tensors.last)
        #expect(marked.withBytes { $0.loadUnaligned(fromByteOffset: 4, as: Float.self) } == 2)
    }

    @Test(arguments: TensorType.allCases)
    func `a tensor of every type is read`(type: TensorType) throws {
        var writer = GGUFWriter()
        let data = [UInt8](repeating: 1, count: 3 * type.blockBytes)
        writer.tensors = [.init(name: "w", type: type.rawValue, shape: [3, type.blockElements], data: data)]
        let tensor = try #require(try open(writer).tensors.first)
        #expect(tensor.type == type && tensor.byteCount == data.count)
    }

    @Test(
        "What is no GGUF file that is read here is named", arguments: ["GGML", "\u{1F}\u{8B}..", "{\"a\":"])
    func refusesMagic(magic: String) throws {
        var writer = GGUFWriter.tiny()
        writer.magic = Array(magic.utf8.prefix(4))
        #expect(try fault(writer).contains("this is no GGUF file"))
    }

    @Test func `version 1, a later version and big-endian files are refused by name`() throws {
        var writer = GGUFWriter.tiny()
        writer.version = 1
        #expect(try fault(writer).contains("GGUF version 1 is not supported"))
        writer.version = 4
        #expect(try fault(writer).contains("GGUF version 4 is not supported"))
        writer.version = UInt32(3).byteSwapped
        #expect(try fault(writer).contains("a big-endian GGUF file is not supported"))
    }

    @Test func `an unknown tensor type is refused with the tensor and the number`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensors[3].type = 4
        #expect(try fault(writer).contains("tensor blk.0.attn_q.weight's type number 4 is not supported"))
    }

    @Test func `what stands there twice is refused`() throws {
        var writer = GGUFWriter.tiny()
        writer.metadata.append(("general.name", .string("again")))
        #expect(try fault(writer).contains("the key general.name stands there twice"))
        writer = .tiny()
        writer.tensors.append(.zeros("output_norm.weight", [8]))
        #expect(try fault(writer).contains("tensor output_norm.weight: it stands there twice"))
    }

    @Test func `a tensor outside the file, off the alignment or inside another is refused by name`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensors[1].offset = 1 << 20
        #expect(
            try fault(writer).contains("tensor output_norm.weight: F32 with dimensions [8] at offset 1048576")
        )
        writer.tensors[1].offset = .max
        #expect(try fault(writer).contains("tensor offset is 18446744073709551615"))
        writer.tensors[1].offset = UInt64(Int.max) - 31
        #expect(try fault(writer).contains("does not fit the file"))
        writer.tensors[1].offset = 4
        #expect(try fault(writer).contains("its offset 4 is no multiple of the alignment 32"))
        writer.tensors[1].offset = 32
        #expect(try fault(writer).contains("inside tensor token_embd.weight"))
    }

    @Test(
        "Dimensions that overflow or break a block are refused",
        arguments: [[.max, 2], [1 << 32, 1 << 32], [-1], [-1, -1], [3, 31]])
    func refusesShapes(shape: [Int]) throws {
        var writer = GGUFWriter()
        writer.tensors = [.init(name: "w", type: TensorType.q8_0.rawValue, shape: shape, data: [0])]
        #expect(try fault(writer).contains("model.gguf: "))
    }

    @Test(
        "An alignment that is no power of two of at least 8 is refused",
        arguments: [0, 4, 33, 1 << 30] as [UInt32])
    func refusesAlignment(alignment: UInt32) throws {
        var writer = GGUFWriter.tiny()
        writer["general.alignment"] = .uint32(alignment)
        #expect(try fault(writer).contains("key general.alignment: \(alignment) is no power of two"))
    }

    @Test func `counts beyond the limits are refused before they cost anything`() throws {
        var writer = GGUFWriter.tiny()
        writer.tensorCount = .max
        #expect(try fault(writer).contains("the tensor count is 18446744073709551615, at most 262144"))
        writer.tensorCount = nil
        writer.metadataCount = 1 << 40
        #expect(try fault(writer).contains("the metadata count is 1099511627776, at most 65536"))
        writer.metadataCount = nil
        writer.tensors[0].shape = [1, 1, 1, 1, 8]
        #expect(try fault(writer).contains("tensor token_embd.weight: the dimension count is 5, at most 4"))
    }

    @Test func `lengths beyond the limits or the file are refused`() throws {
        var limits = ModelFileLimits()
        limits.stringBytesMax = 3
        #expect(try fault(.tiny(), limits: limits).contains("the string length is 5, at most 3"))
        limits = ModelFileLimits()
        limits.arrayCountMax = 4
        #expect(try fault(.tiny(), limits: limits).contains("the array length is 5, at most 4"))
        var writer = GGUFWriter()
        writer.metadata = [("k", .raw(8, [255, 255, 0, 0, 0, 0, 0, 0]))]
        #expect(try fault(writer).contains("needs 65535 bytes, but the file ends at byte 45"))
        writer.metadata = [
            ("k", .raw(9, [8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 255, count: 8)))
        ]
        #expect(try fault(writer).contains("the string length is 18446744073709551615"))
        writer.metadata = [("k", .raw(13, []))]
        #expect(try fault(writer).contains("key k has the unknown value type 13"))
    }

    @Test func `arrays nested deeper than the limit are refused`() throws {
        func nested(_ depth: Int) -> GGUFWriter {
            var value = GGUFWriter.Value.array(.uint8, [.uint8(1)])
            for _ in 1..<depth { value = .array(.array, [value]) }
            var writer = GGUFWriter()
            writer.metadata = [("deep", value)]
            return writer
        }
        #expect(try open(nested(4)).metadata["deep"]?.arrayValue?.count == 1)
        #expect(try fault(nested(5)).contains("key deep: the nesting of arrays is 5, at most 4"))
        #expect(try fault(nested(10_000)).contains("the nesting of arrays is 5, at most 4"))
    }
}
