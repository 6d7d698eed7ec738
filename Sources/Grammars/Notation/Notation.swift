/// What a rule of a grammar in EBNF is made of.
indirect enum Notation: Hashable, Sendable {
    case empty
    case literal(String)
    case set(ScalarRanges)
    case sequence([Notation])
    case anyOf([Notation])
    /// nil stands for no end.
    case loop(Notation, min: Int, max: Int?)
    case rule(String)

    /// The rules that it refers to.
    var references: Set<String> {
        switch self {
        case .empty, .literal, .set: []
        case .sequence(let parts), .anyOf(let parts): parts.reduce(into: []) { $0.formUnion($1.references) }
        case .loop(let body, _, _): body.references
        case .rule(let name): [name]
        }
    }

    /// The same rule without an option that begins with the rule itself: `a ::= a x | y` is `a ::= y x*`.
    func withoutLeftRecursion(of name: String) -> Notation {
        let options = if case .anyOf(let options) = self { options } else { [self] }
        var heads: [Notation] = []
        var tails: [Notation] = []
        for option in options {
            switch option {
            case .rule(name): continue
            case .sequence(let parts) where parts.first == .rule(name):
                tails.append(.sequence(Array(parts.dropFirst())))
            default: heads.append(option)
            }
        }
        guard !tails.isEmpty else { return heads.count == options.count ? self : .anyOf(heads) }
        return .sequence([.anyOf(heads), .loop(.anyOf(tails), min: 0, max: nil)])
    }
}
