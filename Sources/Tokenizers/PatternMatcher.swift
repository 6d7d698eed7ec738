/// Runs a ``Pattern`` over one range of a text.
///
/// It backtracks as Oniguruma does, over an explicit stack. All matches over one range share a budget of
/// steps, in proportion to its length; when a hostile pattern has used it up, nothing matches any more.
struct PatternMatcher {
    private let pattern: Pattern
    private let text: [UInt8]
    private let range: Range<Int>
    private let table = ScalarTable.shared
    private var stepsLeft: Int
    private var stack: [Choice] = []

    /// A way not taken yet.
    private struct Choice {
        /// Where the program goes on.
        var instruction: Int
        var position: Int
        /// How far back a greedy loop can still give scalars up.
        var lowest: Int
        /// How many scalars a lazy loop may still take.
        var more: Int
    }

    init(_ pattern: Pattern, _ text: [UInt8], _ range: Range<Int>) {
        self.pattern = pattern
        self.text = text
        self.range = range
        let (steps, overflows) = (range.count + 64).multipliedReportingOverflow(
            by: TokenizerLimits.patternStepsPerByteMax)
        stepsLeft = overflows ? .max : steps
    }

    /// Where the match that starts at that position ends, or nil where none starts there.
    mutating func matchEnd(from start: Int) -> Int? {
        run(from: 0, at: start, accept: pattern.program.count - 1)
    }

    /// Runs the program until it accepts; choices below `base` belong to whoever called.
    private mutating func run(from first: Int, at start: Int, accept: Int) -> Int? {
        let base = stack.count
        defer { stack.removeLast(stack.count - base) }
        var instruction = first
        var position = start
        while stepsLeft > 0 {
            stepsLeft -= 1
            if instruction == accept { return position }
            guard let next = step(instruction, &position) else {
                guard let choice = resume(above: base) else { return nil }
                (instruction, position) = choice
                continue
            }
            instruction = next
        }
        return nil
    }

    /// Carries out one instruction: the next one, or nil where this way fails.
    private mutating func step(_ instruction: Int, _ position: inout Int) -> Int? {
        switch pattern.program[instruction] {
        case .set(let set):
            guard let next = take(set, position) else { return nil }
            position = next
        case .loop(let set, let min, let max, let mode):
            guard loop(set, min, max, mode, instruction, &position) else { return nil }
        case .split(let otherwise):
            stack.append(Choice(instruction: otherwise, position: position, lowest: position, more: 0))
        case .splitLater(let first):
            stack.append(Choice(instruction: instruction + 1, position: position, lowest: position, more: 0))
            return first
        case .jump(let target): return target
        case .lookahead(let isNegated, let end):
            guard (run(from: instruction + 1, at: position, accept: end - 1) == nil) == isNegated else {
                return nil
            }
            return end
        case .atomic(let end):
            guard let next = run(from: instruction + 1, at: position, accept: end - 1) else { return nil }
            position = next
            return end
        case .textStart: guard position == range.lowerBound else { return nil }
        case .textEnd: guard position == range.upperBound else { return nil }
        case .accept: return nil
        }
        return instruction + 1
    }

    private mutating func loop(
        _ set: ScalarSet, _ min: Int, _ max: Int, _ mode: RepetitionMode, _ instruction: Int,
        _ position: inout Int
    ) -> Bool {
        var count = 0
        var lowest = position
        let wanted = mode == .lazy ? min : max
        while count < wanted, let next = take(set, position) {
            position = next
            count += 1
            if count == min { lowest = position }
        }
        stepsLeft -= count
        guard count >= min else { return false }
        if mode == .lazy, max > min {
            stack.append(
                Choice(instruction: instruction, position: position, lowest: position, more: max - min))
        } else if mode == .greedy, position > lowest {
            stack.append(Choice(instruction: instruction + 1, position: position, lowest: lowest, more: 0))
        }
        return true
    }

    /// Takes the newest choice up again.
    private mutating func resume(above base: Int) -> (instruction: Int, position: Int)? {
        while stack.count > base {
            let top = stack.count - 1
            var choice = stack[top]
            if choice.more > 0, case .loop(let set, _, _, _) = pattern.program[choice.instruction] {
                stack.removeLast()
                guard let next = take(set, choice.position) else { continue }
                choice.position = next
                if choice.more != .max { choice.more -= 1 }
                if choice.more > 0 { stack.append(choice) }
                return (choice.instruction + 1, next)
            }
            guard choice.position > choice.lowest else {
                stack.removeLast()
                return (choice.instruction, choice.position)
            }
            let shorter = text.scalarStart(before: choice.position, from: choice.lowest)
            if shorter > choice.lowest { stack[top].position = shorter } else { stack.removeLast() }
            return (choice.instruction, shorter)
        }
        return nil
    }

    @inline(__always)
    private func take(_ set: ScalarSet, _ position: Int) -> Int? {
        guard position < range.upperBound else { return nil }
        let (value, length) = text.scalar(at: position, to: range.upperBound)
        return set.contains(value, table) ? position + length : nil
    }
}
