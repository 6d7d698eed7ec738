/// Why keys, certificates or rules about origins cannot be used: which file or setting, what is wrong, what to do.
package struct AccessError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line for people.
    package let description: String

    init(_ description: String) { self.description = description }
}
