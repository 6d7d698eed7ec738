import JSON

extension SchemaCompiler {
    /// A string in quotes.
    mutating func string(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        builder.pool.sequence([syntax.quote, try content(of: meaning, &builder), syntax.quote])
    }

    /// The inside of a string, as JSON writes it.
    ///
    /// - Parameter isUpperBound: whether every text that could be meant must be in it, rather than only such.
    func content(
        of meaning: SchemaMeaning, isUpperBound: Bool = false, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        if let values = meaning.values {
            var texts: [[UInt8]] = []
            for case .string(let text) in values { texts.append(ExpressionPool.jsonText(text)) }
            var free = meaning
            free.values = nil
            let rest = try content(of: free, isUpperBound: isUpperBound, &builder)
            return builder.pool.allOf([builder.pool.choice(of: texts), rest])
        }
        let isFree = meaning.texts.isEmpty && meaning.excludedTexts.isEmpty && !isUpperBound
        let character = isFree ? syntax.anyCharacter : syntax.character
        var conditions: [ExpressionID] = []
        if isFree || meaning.lengthMin > 0 || meaning.lengthMax != nil || meaning.texts.isEmpty {
            conditions.append(builder.pool.loop(character, meaning.lengthMin, meaning.lengthMax))
        }
        for text in meaning.texts {
            if !isUpperBound {
                conditions.append(text.surely)
            } else if let perhaps = text.perhaps {
                conditions.append(perhaps)
            }
        }
        for text in meaning.excludedTexts { conditions.append(builder.pool.not(text)) }
        return builder.pool.allOf(conditions)
    }

    // MARK: Numbers

    /// A number as JSON writes it.
    func number(
        _ meaning: SchemaMeaning, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> ExpressionID {
        if let values = meaning.values {
            let texts = values.compactMap { DecimalNumber($0)?.text }.map { Array($0.utf8) }
            var free = meaning
            free.values = nil
            let listed = builder.pool.choice(of: texts)
            return meaning.hasNumberRules ? builder.pool.allOf([listed, try number(free, &builder)]) : listed
        }
        let isInteger = !meaning.kinds.contains(.fraction)
        if !meaning.hasNumberRules {
            if isInteger { return syntax.integer }
            if meaning.kinds.contains(.integer) { return syntax.number }
        }
        let hasOnlyIntegers = isInteger || meaning.steps.contains { $0.fraction.isEmpty }
        var magnitudes: [ExpressionID] = []
        for step in meaning.steps { magnitudes.append(try builder.pool.multiple(of: step)) }
        let areNumbers = magnitudes.contains { if case .quotient = builder.pool[$0] { true } else { false } }
        if !areNumbers || hasOnlyIntegers || !meaning.kinds.contains(.integer) {
            magnitudes.append(digits(meaning, hasOnlyIntegers: hasOnlyIntegers, &builder))
        }
        if !meaning.kinds.contains(.integer) {
            let zeros = builder.pool.sequence([
                builder.pool.wholeDigits(max: NumberSyntax.wholeDigitsMax),
                builder.pool.optional(
                    builder.pool.sequence(
                        builder.pool.literal("."), builder.pool.loop(builder.pool.literal("0"), 1, nil))),
            ])
            magnitudes.append(builder.pool.not(zeros))
        }
        let zero = ComparisonAutomaton(.above, whole: [0], fraction: [])
        var positive = magnitudes
        var negative = magnitudes + [builder.pool.comparison(zero)]
        for bound in meaning.bounds {
            let (ofPositive, ofNegative) = Self.comparisons(bound)
            positive.append(ofPositive.map { builder.pool.comparison($0) } ?? .anything)
            negative.append(ofNegative.map { builder.pool.comparison($0) } ?? .anything)
            if bound.number.isNegative {
                if bound.relation == .atMost || bound.relation == .below { positive.append(.nothing) }
            } else if bound.relation == .atLeast || bound.relation == .above {
                negative.append(.nothing)
            }
        }
        let sign = builder.pool.literal("-")
        let unlimited = builder.pool.anyOf([
            builder.pool.allOf(positive), builder.pool.sequence(sign, builder.pool.allOf(negative)),
        ])
        guard !meaning.excludedNumbers.isEmpty else { return unlimited }
        let conditions = meaning.excludedNumbers.map { builder.pool.not($0) }
        return builder.pool.allOf([unlimited] + conditions)
    }

    /// Digits, as many as keep apart what doubles keep apart.
    private func digits(
        _ meaning: SchemaMeaning, hasOnlyIntegers: Bool, _ builder: inout GrammarBuilder
    ) -> ExpressionID {
        // A number that is no integer must not become one when it is read as a double.
        guard meaning.kinds.contains(.integer) else {
            let fraction = builder.pool.fractionDigits(max: NumberSyntax.exactDigits / 2)
            return builder.pool.sequence(
                builder.pool.wholeDigits(max: NumberSyntax.exactDigits / 2), builder.pool.optional(fraction))
        }
        let wholeMax = meaning.steps.isEmpty ? NumberSyntax.wholeDigitsMax : NumberSyntax.exactDigits
        let whole = builder.pool.wholeDigits(
            max: min(max(wholeMax, meaning.bounds.map(\.number.whole.count).max() ?? 0), 40))
        guard !hasOnlyIntegers else { return whole }
        let boundWhole = meaning.bounds.map(\.number.whole.count).max() ?? 1
        let boundFraction = meaning.bounds.map(\.number.fraction.count).max() ?? 0
        let fractionMax = max(NumberSyntax.exactDigits - boundWhole, boundFraction)
        guard fractionMax > 0 else { return whole }
        return builder.pool.sequence(
            whole, builder.pool.optional(builder.pool.fractionDigits(max: fractionMax)))
    }

    /// What a bound says of numbers from 0 on, and of what stands behind the minus sign of others.
    private static func comparisons(
        _ bound: NumberBound
    ) -> (positive: ComparisonAutomaton?, negative: ComparisonAutomaton?) {
        let (whole, fraction) = (bound.number.whole, bound.number.fraction)
        guard bound.number.isNegative else {
            return (ComparisonAutomaton(bound.relation, whole: whole, fraction: fraction), nil)
        }
        let mirrored: ComparisonAutomaton.Relation =
            switch bound.relation {
            case .atLeast: .atMost
            case .above: .below
            case .atMost: .atLeast
            case .below: .above
            }
        return (nil, ComparisonAutomaton(mirrored, whole: whole, fraction: fraction))
    }
}
