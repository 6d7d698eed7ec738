/// Why a model cannot be opened: what is wrong, in which file and where, and what to do about it.
package enum ModelFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system does not give the file; the reason names it.
    case unreadable(reason: String)
    /// The file breaks its format's rules at `place`: a byte, a key or a tensor.
    case malformed(path: String, place: String, reason: String)
    /// A size in the file, such as `array length`, exceeds what this reader accepts.
    case overLimit(path: String, place: String, quantity: String, value: UInt64, limit: Int)
    /// The file is well formed but asks for something that Needletail does not do.
    case unsupported(path: String, feature: String, remedy: String)
    /// A file that the model is made of, or that `wantedBy` names, is not there.
    case missingFile(path: String, wantedBy: String)
    /// The model needs a tensor that its files do not hold.
    case missingTensor(path: String, name: String)
    /// A tensor's dimensions, outermost first, are not those that the config implies.
    case wrongShape(path: String, tensor: String, expected: [Int], actual: [Int])

    /// One or two sentences for people.
    package var description: String {
        switch self {
        case .unreadable(let reason): reason
        case .malformed(let path, let place, let reason):
            "\(path): \(place): \(reason)"
        case .overLimit(let path, let place, let quantity, let value, let limit):
            "\(path): \(place): the \(quantity) is \(value), at most \(limit) is accepted"
        case .unsupported(let path, let feature, let remedy):
            "\(path): \(feature) is not supported; \(remedy)"
        case .missingFile(let path, let wantedBy):
            "\(path): there is no such file, but \(wantedBy) asks for it; download it too"
        case .missingTensor(let path, let name):
            "\(path): the model has no tensor \(name); the file is incomplete or of another architecture"
        case .wrongShape(let path, let tensor, let expected, let actual):
            "\(path): tensor \(tensor) has the shape \(actual), but the config implies \(expected)"
        }
    }
}
