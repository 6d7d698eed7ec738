import Glibc

/// Arithmetic and comparisons as Python does them.
extension Interpreter {
    func apply(_ sign: BinaryOperator, _ left: Value, _ right: Value) throws(TemplateError) -> Value {
        if sign == .modulo, case .string(let format) = left {
            return .string(try PercentFormat.format(format, right, self))
        }
        if case .undefined(let undefined) = left { throw undefined.error }
        if case .undefined(let undefined) = right { throw undefined.error }
        if let left = left.integer, let right = right.integer { return try integer(sign, left, right) }
        if let left = left.number, let right = right.number { return try float(sign, left, right) }
        switch sign {
        case .add: if let sum = try joined(left, right) { return sum }
        case .multiply:
            if let count = right.integer, let product = try repeated(left, count) { return product }
            if let count = left.integer, let product = try repeated(right, count) { return product }
        default: break
        }
        throw TemplateError(
            .type,
            "unsupported operand type(s) for \(sign.rawValue): '\(left.typeName)' and '\(right.typeName)'")
    }

    private func integer(_ sign: BinaryOperator, _ left: Int, _ right: Int) throws(TemplateError) -> Value {
        switch sign {
        case .add: return .int(try checked(left.addingReportingOverflow(right)))
        case .subtract: return .int(try checked(left.subtractingReportingOverflow(right)))
        case .multiply: return .int(try checked(left.multipliedReportingOverflow(by: right)))
        case .divide:
            guard right != 0 else { throw TemplateError(.arithmetic, "division by zero") }
            return .float(Double(left) / Double(right))
        case .floorDivide, .modulo:
            guard right != 0 else { throw TemplateError(.arithmetic, "integer division or modulo by zero") }
            let (quotient, overflows) = left.dividedReportingOverflow(by: right)
            if overflows { return sign == .modulo ? .int(0) : .int(try checked((quotient, true))) }
            let remainder = left % right
            let isLow = remainder != 0 && (remainder < 0) != (right < 0)
            if sign == .modulo { return .int(isLow ? remainder + right : remainder) }
            return .int(isLow ? quotient - 1 : quotient)
        case .power:
            guard right >= 0 else { return try float(sign, Double(left), Double(right)) }
            return .int(try power(left, right))
        }
    }

    private func checked(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Int {
        guard !result.overflow else { throw TemplateError(.arithmetic, "an integer does not fit 64 bits") }
        return result.partialValue
    }

    private func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        var result = 1
        for _ in 0..<min(exponent, 64) { result = try checked(result.multipliedReportingOverflow(by: base)) }
        guard exponent <= 64 else { return try checked((0, true)) }
        return result
    }

    private func float(_ sign: BinaryOperator, _ left: Double, _ right: Double) throws(TemplateError) -> Value
    {
        switch sign {
        case .add: return .float(left + right)
        case .subtract: return .float(left - right)
        case .multiply: return .float(left * right)
        case .divide:
            guard right != 0 else { throw TemplateError(.arithmetic, "float division by zero") }
            return .float(left / right)
        case .floorDivide, .modulo:
            guard right != 0 else {
                throw TemplateError(.arithmetic, "float floor division or modulo by zero")
            }
            return .float(sign == .modulo ? remainder(left, right) : floorQuotient(left, right))
        case .power:
            guard left != 0 || right >= 0 else {
                throw TemplateError(.arithmetic, "0.0 cannot be raised to a negative power")
            }
            let result = pow(left, right)
            guard !result.isNaN || left.isNaN || right.isNaN else {
                throw TemplateError(.arithmetic, "a power of a negative number is no real number")
            }
            guard result.isFinite || !left.isFinite || !right.isFinite else {
                throw TemplateError(.arithmetic, "Numerical result out of range")
            }
            return .float(result)
        }
    }

    /// The remainder that has the divisor's sign.
    private func remainder(_ left: Double, _ right: Double) -> Double {
        let remainder = fmod(left, right)
        if remainder == 0 { return copysign(0, right) }
        return (remainder < 0) != (right < 0) ? remainder + right : remainder
    }

    private func floorQuotient(_ left: Double, _ right: Double) -> Double {
        var remainder = fmod(left, right)
        var quotient = (left - remainder) / right
        if remainder != 0, (remainder < 0) != (right < 0) {
            remainder += right
            quotient -= 1
        }
        guard quotient != 0 else { return copysign(0, left / right) }
        let floored = floor(quotient)
        return quotient - floored > 0.5 ? floored + 1 : floored
    }

    private func joined(_ left: Value, _ right: Value) throws(TemplateError) -> Value? {
        switch (left, right) {
        case (.string(let left), .string(let right)):
            try charge(bytes: left.utf8.count + right.utf8.count)
            return .string(left + right)
        case (.list(let left), .list(let right)):
            try charge(left.elements.count + right.elements.count)
            if left.kind.isList, right.kind.isList { return .list(left.elements + right.elements) }
            if left.kind.isTuple, right.kind.isTuple { return .tuple(left.elements + right.elements) }
            return nil
        default: return nil
        }
    }

    private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value? {
        switch value {
        case .string(let text):
            let (bytes, overflows) = text.utf8.count.multipliedReportingOverflow(by: max(count, 0))
            try charge(bytes: overflows ? .max : bytes)
            return .string(String(repeating: text, count: bytes == 0 ? 0 : count))
        case .list(let list) where list.kind.isList || list.kind.isTuple:
            let (total, overflows) = list.elements.count.multipliedReportingOverflow(by: max(count, 0))
            try charge(overflows ? limits.stepsMax + 1 : min(total, limits.stepsMax + 1))
            let elements = Array(repeatElement(list.elements, count: total == 0 ? 0 : count).joined())
            return list.kind.isTuple ? .tuple(elements) : .list(elements)
        default: return nil
        }
    }

    func negated(_ value: Value) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value { throw undefined.error }
        if case .float(let number) = value { return .float(-number) }
        guard let number = value.integer else {
            throw TemplateError(.type, "bad operand type for unary -: '\(value.typeName)'")
        }
        return .int(try checked((0 as Int).subtractingReportingOverflow(number)))
    }

    func positive(_ value: Value) throws(TemplateError) -> Value {
        if case .undefined(let undefined) = value { throw undefined.error }
        if case .float = value { return value }
        guard let number = value.integer else {
            throw TemplateError(.type, "bad operand type for unary +: '\(value.typeName)'")
        }
        return .int(number)
    }
}
