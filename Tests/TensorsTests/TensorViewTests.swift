import Tensors
import Testing

struct TensorViewTests {
    private let temporary: TemporaryFile
    private let file: MappedFile

    init() throws {
        temporary = try TemporaryFile((0..<96).map(UInt8.init))
        file = try MappedFile(path: temporary.path)
    }

    @Test func `a view shows its part of the file`() throws {
        let view = try #require(TensorView(name: "w", type: .f32, shape: [2, 3], file: file, offset: 8))
        #expect(view.range == 8..<32 && view.byteCount == 24)
        #expect(view.rows == 2 && view.columns == 3 && view.elementCount == 6)
        #expect(view.withBytes { Array($0) } == Array(8..<32))
    }

    @Test func `rows are the product of all dimensions but the innermost`() throws {
        let view = try #require(TensorView(name: "w", type: .i8, shape: [2, 3, 4], file: file, offset: 0))
        #expect(view.rows == 6 && view.columns == 4)
        let scalar = try #require(TensorView(name: "s", type: .f32, shape: [], file: file, offset: 0))
        #expect(scalar.rows == 1 && scalar.columns == 1 && scalar.byteCount == 4)
    }

    @Test func `quantised elements are counted in blocks`() throws {
        let view = try #require(TensorView(name: "w", type: .q4_0, shape: [2, 64], file: file, offset: 24))
        #expect(view.range == 24..<96)
        #expect(TensorView(name: "w", type: .q4_0, shape: [64, 2], file: file, offset: 0) == nil)
        #expect(TensorView(name: "w", type: .q4_0, shape: [33], file: file, offset: 0) == nil)
    }

    @Test func `a view may end where the file ends, and be empty there`() {
        #expect(TensorView(name: "w", type: .i8, shape: [96], file: file, offset: 0) != nil)
        #expect(TensorView(name: "w", type: .i8, shape: [0], file: file, offset: 96)?.byteCount == 0)
        #expect(TensorView(name: "w", type: .i8, shape: [0, .max, 2], file: file, offset: 0)?.byteCount == 0)
    }

    @Test(
        "What does not fit the file, or any file, has no view",
        arguments: [
            ([97], 0), ([96], 1), ([1], 96), ([0], 97), ([1], -1), ([1], .max), ([-1], 0), ([-1, -1], 0),
            ([.max, 2], 0),
            ([.max, .max, 0], 0), ([.max], 0),
        ] as [([Int], Int)])
    func refuses(shape: [Int], offset: Int) {
        #expect(TensorView(name: "w", type: .i8, shape: shape, file: file, offset: offset) == nil)
        #expect(
            TensorView(name: "w", type: .f64, shape: shape, file: file, offset: offset == 0 ? 90 : offset)
                == nil)
    }

    @Test func `a renamed view shows the same bytes`() throws {
        let view = try #require(TensorView(name: "a", type: .i8, shape: [4], file: file, offset: 2)).renamed(
            "b")
        #expect(view.name == "b" && view.range == 2..<6)
    }
}
