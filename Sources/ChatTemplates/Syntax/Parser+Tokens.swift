/// Reading tokens one by one.
extension Parser {
    var current: Token { tokens[index] }

    /// The token after the current one.
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    mutating func advance() { index = min(index + 1, tokens.count - 1) }

    @discardableResult mutating func takeSymbol(_ symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    mutating func takeName(_ name: String) -> Bool {
        guard current.kind == .name(name) else { return false }
        advance()
        return true
    }

    mutating func expect(_ kind: Token.Kind) throws(TemplateError) {
        guard current.kind == kind else {
            throw unexpected(wanted: Token(kind: kind, position: current.position).summary)
        }
        advance()
    }

    mutating func expectSymbol(_ symbol: String) throws(TemplateError) { try expect(.symbol(symbol)) }

    mutating func expectName(_ name: String) throws(TemplateError) { try expect(.name(name)) }

    mutating func expectAnyName() throws(TemplateError) -> Name {
        guard case .name(let text) = current.kind else { throw unexpected(wanted: "name") }
        advance()
        return name(text)
    }

    /// The error that the current token should not stand here.
    func unexpected(wanted: String? = nil) -> TemplateError {
        let message =
            if let wanted { "expected token '\(wanted)', got '\(current.summary)'" } else {
                "unexpected '\(current.summary)'"
            }
        return TemplateError(.syntax, message, at: current.position)
    }
}
