/// Why a text is not JSON, or not JSON within the limits, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let reason: String
    /// How many bytes precede the fault.
    package let offset: Int
    /// The line of the fault, counted from 1.
    package let line: Int
    /// The column of the fault in bytes, counted from 1.
    package let column: Int

    /// One line for people.
    package var description: String { "line \(line), column \(column): \(reason)" }

    init(_ reason: String, at offset: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        self.reason = reason
        self.offset = offset
        let before = bytes.prefix(offset)
        self.line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        self.column = offset - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
    }
}
