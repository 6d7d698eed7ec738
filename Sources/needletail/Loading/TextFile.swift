import ArgumentParser
import Tensors

/// Text that the user names by path.
enum TextFile {
    /// The most bytes that are read: far beyond any template or list of messages.
    static let bytesMax = 64 << 20

    /// The file's text.
    ///
    /// - Throws: `ValidationError` where it cannot be read, is too large or is not UTF-8.
    static func read(_ path: String, bytesMax: Int = bytesMax) throws -> String {
        do {
            let file = try MappedFile(path: path)
            guard file.count <= bytesMax else {
                throw ValidationError(
                    "\(path) has \(file.count) bytes; the most that are read are \(bytesMax)")
            }
            guard let text = file.withBytes({ String(validating: $0, as: UTF8.self) }) else {
                throw ValidationError("\(path) is not UTF-8 text")
            }
            return text
        } catch let error as MappedFile.Failure {
            throw ValidationError(error.description)
        }
    }
}
