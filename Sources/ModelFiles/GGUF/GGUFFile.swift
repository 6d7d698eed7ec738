package import Tensors

/// A GGUF model: metadata and tensors, of one file or of all parts of a split one.
///
/// Tensors and arrays stay in the mapped files; nothing is copied.
package struct GGUFFile: Sendable {
    /// The version of the format: 2 or 3.
    package let version: Int
    /// The key-value pairs; of a split model those of the first part, which holds all that concern the model.
    package let metadata: GGUFMetadata
    /// Every tensor in the order of the files, under the name in the file.
    package let tensors: [TensorView]
    /// What every tensor's offset is a multiple of, in bytes.
    package let alignment: Int
    /// The files, first part first.
    package let paths: [String]

    /// Opens a model of which `path` is the only file or the first part.
    ///
    /// - Throws: ``ModelFileError`` with the place of the first fault.
    /// - Complexity: O(header); the tensors' bytes are not touched.
    package init(path: String, limits: ModelFileLimits = ModelFileLimits()) throws(ModelFileError) {
        let first = try GGUFPart(path: path, limits: limits)
        var parts = [first]
        for path in try first.pathsOfOtherParts(limits: limits) {
            let part: GGUFPart
            guard MappedFile.exists(path) else { throw .missingFile(path: path, wantedBy: first.path) }
            part = try GGUFPart(path: path, limits: limits)
            try part.checkBelongs(to: first, at: parts.count)
            parts.append(part)
        }
        self.version = first.version
        self.metadata = first.metadata
        self.alignment = first.alignment
        self.paths = parts.map(\.path)
        self.tensors = parts.flatMap(\.tensors)
        try Self.checkCount(of: tensors, first)
        try tensors.checkNames(path: path)
    }

    private static func checkCount(of tensors: [TensorView], _ first: GGUFPart) throws(ModelFileError) {
        guard let expected = first.metadata["split.tensors.count"]?.intValue, expected != tensors.count else {
            return
        }
        throw .malformed(
            path: first.path, place: "key split.tensors.count",
            reason: "the parts hold \(tensors.count) tensors, but it says \(expected)")
    }
}

/// Parts of a split model are named `model-00001-of-00003.gguf` and carry `split.no` (from 0) and `split.count`.
extension GGUFPart {
    private static let suffixLength = "-00001-of-00003.gguf".utf8.count

    private var splitCount: Int { metadata["split.count"]?.intValue ?? 1 }
    private var splitNumber: Int { metadata["split.no"]?.intValue ?? 0 }

    fileprivate func pathsOfOtherParts(limits: ModelFileLimits) throws(ModelFileError) -> [String] {
        let count = splitCount
        guard count > 1 else { return [] }
        guard count <= limits.partsMax else {
            throw .overLimit(
                path: path, place: "key split.count", quantity: "number of parts", value: UInt64(count),
                limit: limits.partsMax)
        }
        let stem = String(decoding: path.utf8.dropLast(Self.suffixLength), as: UTF8.self)
        let name = { (number: Int) in "\(stem)-\(Self.padded(number + 1))-of-\(Self.padded(count)).gguf" }
        guard splitNumber == 0 else {
            throw .unsupported(
                path: path, feature: "opening a split model by part \(splitNumber + 1) of \(count)",
                remedy: "give the first part, \(name(0))")
        }
        guard path == name(0) else {
            throw .malformed(
                path: path, place: "key split.count",
                reason: "the first of \(count) parts must have a name that ends in "
                    + "-\(Self.padded(1))-of-\(Self.padded(count)).gguf, as the others are found by it")
        }
        return (1..<count).map(name)
    }

    fileprivate func checkBelongs(to first: GGUFPart, at number: Int) throws(ModelFileError) {
        guard splitNumber == number, splitCount == first.splitCount else {
            throw .malformed(
                path: path, place: "key split.no",
                reason:
                    "this is part \(splitNumber + 1) of \(splitCount), but its name says part \(number + 1) of "
                    + "\(first.splitCount)")
        }
    }

    /// The number in five digits at least.
    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
    }
}
