/// A tensor that lies in a mapped file: its name, type, shape and bytes, without a copy.
package struct TensorView: Sendable {
    /// The name under which the rest of the house asks for it.
    package private(set) var name: String
    /// How the elements are stored.
    package let type: TensorType
    /// The dimensions, outermost first: a weight matrix is `[outputs, inputs]`, rows contiguous.
    package let shape: [Int]
    /// The file that the bytes lie in, which this view keeps mapped.
    package let file: MappedFile
    /// Where in the file the elements lie; inside the file, checked when the view was made.
    package let range: Range<Int>

    /// Makes a view, or nil where the shape, the type and the range do not fit each other or the file.
    package init?(name: String, type: TensorType, shape: [Int], file: MappedFile, offset: Int) {
        var elements = 1
        for dimension in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            elements = product
        }
        guard (shape.last ?? 1) % type.blockElements == 0,
            let bytes = type.byteCount(elements: elements),
            offset >= 0, offset <= file.count, bytes <= file.count - offset
        else { return nil }
        self.name = name
        self.type = type
        self.shape = shape
        self.file = file
        self.range = offset..<(offset + bytes)
    }

    /// The same tensor under another name.
    package func renamed(_ name: String) -> TensorView {
        var view = self
        view.name = name
        return view
    }

    /// How many elements there are.
    package var elementCount: Int { shape.reduce(1, *) }

    /// How many rows: the product of all dimensions but the innermost.
    package var rows: Int { shape.dropLast().reduce(1, *) }

    /// How many elements a row has: the innermost dimension.
    package var columns: Int { shape.last ?? 1 }

    /// How many bytes the elements take.
    package var byteCount: Int { range.count }

    /// Calls `body` with the elements' bytes, which are valid during the call only.
    package func withBytes<Result, Fault: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        try file.withBytes { (bytes) throws(Fault) in try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }
}
