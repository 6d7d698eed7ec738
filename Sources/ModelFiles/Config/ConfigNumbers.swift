/// Reads checked numbers of a model's config by key, whichever format they come from.
struct ConfigNumbers {
    /// What stands under a key.
    enum Entry {
        case absent
        case integer(Int)
        case real(Double)
        /// Something that is no number, in words.
        case other(String)
    }

    let path: String
    let limits: ModelFileLimits
    let entry: (_ key: String) -> Entry

    /// The positive integer of that key, at most `limit`.
    func count(_ key: String, limit: Int) throws(ModelFileError) -> Int {
        guard let count = try optionalCount(key, limit: limit) else { throw missing(key) }
        return count
    }

    /// The positive integer of that key, at most `limit`, or nil where the key is absent.
    func optionalCount(_ key: String, limit: Int) throws(ModelFileError) -> Int? {
        guard let value = try optionalInteger(key) else { return nil }
        guard value > 0 else { throw fault(key, "\(value) should be positive") }
        guard value <= limit else {
            throw .overLimit(
                path: path, place: "key \(key)", quantity: "value", value: UInt64(value), limit: limit)
        }
        return value
    }

    /// The width of a head: the number of that key, or else an equal share of the hidden size.
    func headDimension(_ key: String, hiddenSize: Int, headCount: Int) throws(ModelFileError) -> Int {
        if let dimension = try optionalCount(key, limit: limits.widthMax) { return dimension }
        guard hiddenSize % headCount == 0 else {
            throw fault(
                key, "it is missing, and \(headCount) heads do not divide the hidden size \(hiddenSize)")
        }
        return hiddenSize / headCount
    }

    /// The integer of that key, or nil where the key is absent.
    func optionalInteger(_ key: String) throws(ModelFileError) -> Int? {
        switch entry(key) {
        case .absent: return nil
        case .integer(let value): return value
        case .real(let value):
            guard let integer = Int(exactly: value) else { throw fault(key, "\(value) should be an integer") }
            return integer
        case .other(let text): throw fault(key, "\(text) should be an integer")
        }
    }

    /// The finite, positive number of that key in single precision.
    func positive(_ key: String) throws(ModelFileError) -> Float {
        guard let number = try optionalPositive(key) else { throw missing(key) }
        return number
    }

    /// The finite, positive number of that key in single precision, or nil where the key is absent.
    func optionalPositive(_ key: String) throws(ModelFileError) -> Float? {
        let value: Double
        switch entry(key) {
        case .absent: return nil
        case .integer(let integer): value = Double(integer)
        case .real(let real): value = real
        case .other(let text): throw fault(key, "\(text) should be a number")
        }
        let number = Float(value)
        guard number.isFinite, number > 0 else {
            throw fault(key, "\(value) should be positive and fit single precision")
        }
        return number
    }

    /// An error at that key.
    func fault(_ key: String, _ reason: String) -> ModelFileError {
        .malformed(path: path, place: "key \(key)", reason: reason)
    }

    private func missing(_ key: String) -> ModelFileError {
        fault(key, "the key is missing, and a model of this kind needs it")
    }
}
