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
