import ModelFiles
import Tensors
import Testing

struct GGUFSplitTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Writes the tiny model in three parts and returns their paths; `change` may spoil one.
    private func write(_ change: (_ parts: inout [GGUFWriter]) -> Void = { _ in }) throws -> [String] {
        let whole = GGUFWriter.tiny()
        var parts = (0..<3).map { number in
            var part = GGUFWriter()
            part.metadata = number == 0 ? whole.metadata : []
            part["split.no"] = .uint16(UInt16(number))
            part["split.count"] = .uint16(3)
            part["split.tensors.count"] = .int32(Int32(whole.tensors.count))
            return part
        }
        // As llama.cpp's tool may do it, the first part has no tensors.
        parts[1].tensors = Array(whole.tensors.prefix(4))
        parts[2].tensors = Array(whole.tensors.dropFirst(4))
        change(&parts)
        return try parts.enumerated().map { number, part in
            try folder.write(part.bytes(), to: "tiny-0000\(number + 1)-of-00003.gguf")
        }
    }

    @Test func `the first part opens the whole model`() throws {
        let paths = try write()
        let checkpoint = try Checkpoint.open(paths[0])
        #expect(checkpoint.tensors.count == GGUFWriter.tiny().tensors.count)
        #expect(checkpoint.config.name == "Tiny" && checkpoint.config.vocabularySize == 5)
        guard case .gguf(let file) = checkpoint.source else { return #expect(Bool(false)) }
        #expect(file.paths == paths && file.tensors.map(\.name) == GGUFWriter.tiny().tensors.map(\.name))
    }

    @Test func `a missing part is named`() throws {
        let paths = try write()
        folder.remove("tiny-00002-of-00003.gguf")
        #expect(throws: ModelFileError.missingFile(path: paths[1], wantedBy: paths[0])) {
            try Checkpoint.open(paths[0])
        }
    }

    @Test func `another part than the first is refused with the first one's name`() throws {
        let paths = try write()
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(paths[2]) }
        #expect(error.description.contains("part 3 of 3") && error.description.contains(paths[0]))
    }

    @Test func `a renamed first part is refused, since the others are found by its name`() throws {
        let paths = try write()
        var part = GGUFWriter.tiny()
        part["split.count"] = .uint16(3)
        let path = try folder.write(part.bytes(), to: "renamed.gguf")
        #expect(!paths.isEmpty && !path.isEmpty)
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(path) }
        #expect(error.description.contains("-00001-of-00003.gguf"))
    }

    @Test func `parts in a wrong order or of another model are refused`() throws {
        var paths = try write { $0[1]["split.no"] = .uint16(2) }
        var error = try #require(throws: ModelFileError.self) { try Checkpoint.open(paths[0]) }
        #expect(error.description.contains("this is part 3 of 3, but its name says part 2 of 3"))
        paths = try write { $0[2]["split.count"] = .uint16(4) }
        error = try #require(throws: ModelFileError.self) { try Checkpoint.open(paths[0]) }
        #expect(error.description.contains("this is part 3 of 4, but its name says part 3 of 3"))
    }

    @Test func `too few tensors, or one in two parts, are refused`() throws {
        var paths = try write { $0[2].tensors.removeLast() }
        var error = try #require(throws: ModelFileError.self) { try Checkpoint.open(paths[0]) }
        #expect(error.description.contains("the parts hold 10 tensors, but it says 11"))
        paths = try write { $0[2].tensors[0] = $0[1].tensors[0] }
        error = try #require(throws: ModelFileError.self) { try Checkpoint.open(paths[0]) }
        #expect(error.description.contains("tensor token_embd.weight: it stands there twice"))
    }

    @Test(
        "A count of parts that names no file is refused",
        arguments: [.int32(-1), .uint64(.max), .int64(1 << 40)] as [GGUFWriter.Value])
    func survivesCounts(count: GGUFWriter.Value) throws {
        let paths = try write { $0[0]["split.count"] = count }
        #expect(throws: ModelFileError.self) { try Checkpoint.open(paths[0]) }
    }
}
