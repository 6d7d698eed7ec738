/// Why nothing can be planned for a model: its metadata lacks something or says something impossible.
package enum ProfileError: Error, Sendable, Equatable {
    /// The file at `path` is not what it should be.
    case unreadable(path: String, reason: String)
    /// A key that the plan needs is not there.
    case missing(key: String)
    /// A key holds another kind of value than it must.
    case wrongType(key: String, expected: String, value: String)
    /// A number outside its range.
    case outOfRange(key: String, value: String, limit: ClosedRange<Int>)
    /// Two keys that contradict each other.
    case contradiction(key: String, value: Int, reason: String)
    /// Sizes that are each possible, but whose product no machine holds.
    case tooLarge(quantity: String)
    /// A way to store weights that the planner does not know.
    case unknownQuantization(String)
}

extension ProfileError: CustomStringConvertible {
    /// What is wrong, the limit, the value, and what to do.
    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): \(reason); give a GGUF file, a checkpoint folder or a config.json"
        case .missing(let key):
            "the model's metadata has no \(key); add it to config.json, or give the checkpoint's own file"
        case .wrongType(let key, let expected, let value):
            "\(key) in the model's metadata must be \(expected), and is \(value); correct it or download it again"
        case .outOfRange(let key, let value, let limit):
            "\(key) in the model's metadata must be \(limit.lowerBound) to \(limit.upperBound), and is \(value); "
                + "correct it or download it again"
        case .contradiction(let key, let value, let reason):
            "\(key) in the model's metadata is \(value), but \(reason); correct it or download it again"
        case .tooLarge(let quantity):
            "\(quantity) is beyond what can be counted (\(Int.max)): correct the model's metadata "
                + "or download it again"
        case .unknownQuantization(let name):
            "the quantisation \(name) is not known; use one of \(WeightFormat.names.joined(separator: ", "))"
        }
    }
}
