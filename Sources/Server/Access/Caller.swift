import OpenAIAPI

/// Who asks: a name, and what it may.
struct Caller: Sendable {
    /// The name of everybody where no key is asked for.
    static let anonymousName = "anonymous"
    /// The name that all keys of `--api-key` share.
    static let plainKeyName = "api-key"
    /// Everybody, where no key is asked for.
    static let anonymous = Caller(name: anonymousName, isAdmin: true)

    /// Its name in the log, and the owner of what is stored for it.
    let name: String
    /// The models that it may use, by any of their names; nil allows all.
    var models: Set<String>?
    /// Whether it may see how the server is set up.
    var isAdmin: Bool
    /// What it has used of its minute; nil sets no limit.
    var meter: RateMeter?

    init(name: String, models: Set<String>? = nil, isAdmin: Bool = false, meter: RateMeter? = nil) {
        self.name = name
        self.models = models
        self.isAdmin = isAdmin
        self.meter = meter
    }

    /// Who owns what is stored for it: nobody where no key is asked for.
    var owner: String? { name == Self.anonymousName ? nil : name }

    /// Takes a prompt's tokens of the caller's minute, before they are computed.
    ///
    /// - Throws: ``APIError`` 429.
    func take(promptTokens count: Int) throws(APIError) { try meter?.take(promptTokens: count) }

    /// Charges an answer's tokens to the caller's minute.
    @Sendable
    func charge(answerTokens count: Int) { meter?.charge(answerTokens: count) }

    /// Takes a prompt's tokens, and hands it to the engine; where that does not take it, they are the caller's again.
    ///
    /// - Throws: ``APIError``.
    func start(_ prepared: PreparedCompletion) throws(APIError) -> CompletionRun {
        try take(promptTokens: prepared.promptTokens)
        do {
            return try prepared.start()
        } catch {
            charge(answerTokens: -prepared.promptTokens)
            throw error
        }
    }
}
