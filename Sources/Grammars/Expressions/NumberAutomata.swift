/// Decimal numbers without sign and exponent that are multiples of a step, read digit by digit.
///
/// The step is `modulus / 10^fractionDigits`.
struct RemainderAutomaton: Hashable, Sendable {
    let modulus: Int
    /// Digits after the point that may still come and count; what comes after them must be 0.
    var fractionDigits: Int
    var residue = 0
    var isInFraction = false

    /// Whether the digits so far are a multiple.
    var isAccepting: Bool {
        var residue = residue
        for _ in 0..<fractionDigits { residue = residue * 10 % modulus }
        return residue == 0
    }

    /// Where a digit leads; nil where no multiple can come of it.
    func next(digit: Int) -> RemainderAutomaton? {
        var next = self
        if isInFraction {
            guard fractionDigits > 0 else { return digit == 0 ? self : nil }
            next.fractionDigits -= 1
        }
        next.residue = (residue * 10 + digit) % modulus
        return next
    }

    /// Where the decimal point leads.
    var afterPoint: RemainderAutomaton? {
        guard !isInFraction else { return nil }
        var next = self
        next.isInFraction = true
        return next
    }
}

/// Decimal numbers without sign and exponent that are multiples of a fraction that no double is exactly, 0.01 say.
///
/// Validators divide doubles and want an integer; of the multiples some fail that (0.07 / 0.01 is a little more than
/// 7), and are left out. Which ones follows no rule, so that the digits themselves are the state.
struct QuotientAutomaton: Hashable, Sendable {
    /// The step as a double, and exactly: `modulus / 10^fractionDigits`.
    let step: Double
    let modulus: Int
    let fractionDigits: Int
    private var digits = 0
    private var isEmpty = true
    /// Digits after the point so far; nil before it.
    private var fractionCount: Int?

    init(step: Double, modulus: Int, fractionDigits: Int) {
        self.step = step
        self.modulus = modulus
        self.fractionDigits = fractionDigits
    }

    /// Whether the digits so far are a multiple, to exact arithmetic as to doubles.
    var isAccepting: Bool {
        let count = fractionCount ?? 0
        if isEmpty || fractionCount == 0 { return false }
        var (residue, scale) = (digits % modulus, 1.0)
        for _ in count..<fractionDigits { residue = residue * 10 % modulus }
        for _ in 0..<count { scale *= 10 }
        let quotient = Double(digits) / scale / step
        return residue == 0 && quotient == quotient.rounded(.towardZero)
    }

    /// Where a digit leads; nil where there are more of them than doubles keep apart, or than a multiple has.
    func next(digit: Int) -> QuotientAutomaton? {
        // Nothing but a point follows a zero that comes first.
        if digits == 0, !isEmpty, fractionCount == nil { return nil }
        var next = self
        next.isEmpty = false
        next.digits = digits * 10 + digit
        guard next.digits < 1_000_000_000_000_000 else { return nil }
        if let fractionCount {
            guard fractionCount < fractionDigits else { return nil }
            next.fractionCount = fractionCount + 1
        }
        return next
    }

    /// Where the decimal point leads.
    var afterPoint: QuotientAutomaton? {
        guard fractionCount == nil, !isEmpty else { return nil }
        var next = self
        next.fractionCount = 0
        return next
    }
}

extension ExpressionPool {
    /// The multiples of a step that has no more than 15 digits; those of some are written as numbers are and need no
    /// other condition for that.
    mutating func multiple(of step: DecimalNumber) throws(GrammarError) -> ExpressionID {
        guard let modulus = step.scaled, modulus > 0, let double = Double(step.text) else {
            throw .tooComplex("multipleOf may have 15 digits")
        }
        var odd = modulus
        for factor in [2, 5] { while odd % factor == 0 { odd /= factor } }
        guard odd <= 10_000 else {
            throw .tooComplex("multipleOf without its factors 2 and 5 may be 10000, not \(odd)")
        }
        // modulus / 10^q is a double's fraction where 5^q divides the modulus.
        var (rest, isExact) = (modulus, true)
        for _ in step.fraction where isExact {
            isExact = rest % 5 == 0
            rest /= 5
        }
        let fractionDigits = step.fraction.count
        return isExact
            ? remainder(RemainderAutomaton(modulus: modulus, fractionDigits: fractionDigits))
            : quotient(QuotientAutomaton(step: double, modulus: modulus, fractionDigits: fractionDigits))
    }
}

/// Decimal numbers without sign and exponent on one side of a bound, read digit by digit.
struct ComparisonAutomaton: Hashable, Sendable {
    /// Which side.
    enum Relation: UInt8, Sendable { case atLeast, above, atMost, below }

    let relation: Relation
    /// The bound's digits before the point, without leading zeros but for a single one.
    let whole: [UInt8]
    /// The bound's digits after the point, without trailing zeros.
    let fraction: [UInt8]
    /// Digits read before the point, or after it; one more than the bound has stands for any more.
    private var position = 0
    /// How the digits so far compare with as many of the bound: -1, 0 or 1.
    private var order = 0
    private var isInFraction = false

    init(_ relation: Relation, whole: [UInt8], fraction: [UInt8]) {
        self.relation = relation
        self.whole = whole
        self.fraction = fraction
    }

    /// Whether the digits so far are a number on the right side.
    var isAccepting: Bool {
        var order = isInFraction ? order : wholeOrder
        if order == 0, isInFraction ? position < fraction.count : !fraction.isEmpty { order = -1 }
        return switch relation {
        case .atLeast: order >= 0
        case .above: order > 0
        case .atMost: order <= 0
        case .below: order < 0
        }
    }

    /// How the digits before the point compare, once they have ended.
    private var wholeOrder: Int {
        position == whole.count ? order : position < whole.count ? -1 : 1
    }

    /// Where a digit leads; nil where it leaves the right side for good.
    func next(digit: UInt8) -> ComparisonAutomaton? {
        var next = self
        let digits = isInFraction ? fraction : whole
        let other = position < digits.count ? digits[position] : 0
        if order == 0, isInFraction || position < digits.count {
            next.order = digit == other ? 0 : digit < other ? -1 : 1
        }
        next.position = min(position + 1, digits.count + 1)
        if isInFraction {
            if next.order != 0 { next.position = 0 }
            let isTooSmall = next.order < 0 && (relation == .atLeast || relation == .above)
            let isTooGreat = next.order > 0 && (relation == .atMost || relation == .below)
            return isTooSmall || isTooGreat ? nil : next
        }
        if next.position > whole.count {
            next.order = 1
            if relation == .atMost || relation == .below { return nil }
        }
        return next
    }

    /// Where the decimal point leads.
    var afterPoint: ComparisonAutomaton? {
        guard !isInFraction, position > 0 else { return nil }
        var next = self
        next.isInFraction = true
        next.order = wholeOrder
        next.position = 0
        let isTooSmall = next.order < 0 && (relation == .atLeast || relation == .above)
        let isTooGreat = next.order > 0 && (relation == .atMost || relation == .below)
        return isTooSmall || isTooGreat ? nil : next
    }
}
