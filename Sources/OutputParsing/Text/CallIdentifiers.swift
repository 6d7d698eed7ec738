/// How the ids of calls look; each is random, so that no two calls of a conversation share one.
enum CallIdentifiers: Sendable {
    /// `call_` and 24 letters and digits.
    case openAI
    /// Nine letters and digits, which is all that Mistral's templates take.
    case nineCharacters

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")

    /// A new id.
    func next() -> String {
        switch self {
        case .openAI: "call_" + Self.random(24)
        case .nineCharacters: Self.random(9)
        }
    }

    private static func random(_ count: Int) -> String {
        String((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }
}
