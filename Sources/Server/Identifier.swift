/// Names for requests and answers that nobody can guess and nobody had before.
enum Identifier {
    /// The prefix and 32 random hexadecimal digits.
    static func make(_ prefix: String) -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<2).map { _ in
            let text = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return prefix + digits.joined()
    }

    /// The client's own name for its request if it is fit to be echoed and logged, else a new one.
    static func forRequest(_ given: String?, charactersMax: Int) -> String {
        guard let given, 1...charactersMax ~= given.utf8.count, given.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
        else {
            return make("req-")
        }
        return given
    }
}
