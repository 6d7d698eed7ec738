import Glibc
package import JSON

/// The golden data in the folder `Golden` beside the test file that asks for it.
package enum Golden {
    /// The data could not be read.
    package struct Failure: Error {
        package let path: String
        package let reason: String
    }

    /// A file of JSON, by its name in the folder.
    package static func json(_ name: String, beside source: String = #filePath) throws -> JSONValue {
        try JSONValue(parsing: bytes(name, beside: source))
    }

    /// A file's bytes, by its name in the folder.
    package static func bytes(_ name: String, beside source: String = #filePath) throws -> [UInt8] {
        let folder = source[..<(source.lastIndex(of: "/") ?? source.startIndex)]
        let path = "\(folder)/Golden/\(name)"
        guard let file = fopen(path, "rb") else {
            throw Failure(path: path, reason: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
