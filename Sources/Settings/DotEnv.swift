/// A `.env` file, read by python-dotenv's rules.
///
/// Lines are `NAME=value`, with `export` before it or not; blank lines and `#` comments are skipped. A
/// value in double quotes knows the escapes `\\ \' \" \a \b \f \n \r \t \v`, one in single quotes `\\` and
/// `\'`, and both may span lines; a bare one ends before white space and `#`. Of a name given twice the
/// last counts. `${NAME}` is not expanded, and is told. Nothing in a file makes this trap, and what cannot
/// be read is told with its line.
package struct DotEnv: Sendable {
    /// One assignment.
    package struct Entry: Sendable, Equatable {
        package let name: String
        package let value: String
        /// The line that it starts at, from 1.
        package let line: Int
    }

    /// What the file may hold at most.
    package enum Limits {
        package static let bytesMax = 1 << 20
        package static let entriesMax = 4096
        package static let nameBytesMax = 256
        package static let valueBytesMax = 64 << 10
    }

    /// The assignments in the order of the file; of those with one name the last counts.
    package private(set) var entries: [Entry] = []
    /// What could not be read.
    package private(set) var problems: [DotEnvError] = []

    /// Reads a file's bytes.
    package init(_ bytes: [UInt8]) {
        guard bytes.count <= Limits.bytesMax else {
            problems = [.tooLong(bytes: bytes.count)]
            return
        }
        var parser = DotEnvParser(bytes)
        while true {
            do {
                guard let entry = try parser.next() else { return }
                guard entries.count < Limits.entriesMax else {
                    problems.append(.tooManyEntries(line: entry.line))
                    return
                }
                entries.append(entry)
            } catch {
                problems.append(error)
            }
        }
    }

    /// Reads a file's text.
    package init(_ text: String) {
        self.init(Array(text.utf8))
    }
}

/// A part of a `.env` file that cannot be read. The text itself is never shown: it may hold a key.
package enum DotEnvError: Error, Equatable {
    case tooLong(bytes: Int)
    case tooManyEntries(line: Int)
    case noName(line: Int)
    case noValue(line: Int)
    case unclosedQuote(line: Int)
    case textAfterQuote(line: Int)
    case nameTooLong(line: Int, bytes: Int)
    case valueTooLong(line: Int, bytes: Int)
    case notUnicode(line: Int)
}

extension DotEnvError: CustomStringConvertible {
    /// The line that is meant, from 1.
    package var line: Int {
        switch self {
        case .tooLong: 1
        case .tooManyEntries(let line), .noName(let line), .noValue(let line), .unclosedQuote(let line),
            .textAfterQuote(let line), .nameTooLong(let line, _), .valueTooLong(let line, _),
            .notUnicode(let line):
            line
        }
    }

    package var description: String {
        switch self {
        case .tooLong(let bytes): "the file must have at most \(DotEnv.Limits.bytesMax) bytes, not \(bytes)"
        case .tooManyEntries: "the file must have at most \(DotEnv.Limits.entriesMax) assignments"
        case .noName: "there must be a name before the ="
        case .noValue: "there must be a = after the name"
        case .unclosedQuote: "the quote that starts here is not closed"
        case .textAfterQuote: "after the closing quote only a comment may follow"
        case .nameTooLong(_, let bytes):
            "a name must have at most \(DotEnv.Limits.nameBytesMax) bytes, not \(bytes)"
        case .valueTooLong(_, let bytes):
            "a value must have at most \(DotEnv.Limits.valueBytesMax) bytes, not \(bytes)"
        case .notUnicode: "the text is not UTF-8"
        }
    }
}
