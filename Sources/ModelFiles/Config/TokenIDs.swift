import Tokens

extension ConfigNumbers {
    /// The token of that key, or nil where the key is absent or says that there is none.
    func token(_ key: String) throws(ModelFileError) -> TokenID? {
        guard let value = try optionalInteger(key), value != -1, value != Int(UInt32.max) else { return nil }
        guard let id = Int32(exactly: value) else { throw fault(key, "\(value) is no token id") }
        return TokenID(rawValue: id)
    }
}
