/// A compiled regular expression, matched over UTF-8 by backtracking with a bound on its steps.
struct Pattern: Sendable {
    /// What the matcher does next; targets are positions in the program.
    enum Instruction: Sendable {
        case set(ScalarSet)
        /// One set, repeated: the loop that nearly all tokenizer patterns are made of.
        case loop(ScalarSet, min: Int, max: Int, mode: RepetitionMode)
        /// Goes on at the next instruction, and later at `otherwise`.
        case split(otherwise: Int)
        /// Goes on at the target, and later at the next instruction.
        case splitLater(first: Int)
        case jump(Int)
        /// Matches the program up to `end` as one piece; goes on after it without consuming what it consumed.
        case lookahead(isNegated: Bool, end: Int)
        /// Matches the program up to `end` as one piece, without going back into it.
        case atomic(end: Int)
        case textStart
        case textEnd
        case accept
    }

    let program: [Instruction]

    /// Compiles an expression.
    ///
    /// - Throws: ``TokenizerError`` where the expression is no pattern, uses something unsupported, or
    ///   compiles to more than ``TokenizerLimits/patternInstructionsMax`` instructions.
    init(_ expression: String) throws(TokenizerError) {
        var parser = PatternParser(expression)
        var compiler = PatternCompiler(expression: expression)
        try compiler.lower(try parser.parse())
        try compiler.add(.accept)
        program = compiler.program
    }
}

/// Lays a pattern's tree out as instructions.
private struct PatternCompiler {
    let expression: String
    var program: [Pattern.Instruction] = []

    mutating func add(_ instruction: Pattern.Instruction) throws(TokenizerError) {
        let limit = TokenizerLimits.patternInstructionsMax
        guard program.count < limit else {
            throw .overLimit(
                "pattern \(expression.prefix(80))", "instructions", limit: limit, value: limit + 1)
        }
        program.append(instruction)
    }

    mutating func lower(_ node: PatternNode) throws(TokenizerError) {
        switch node {
        case .sequence(let nodes): for node in nodes { try lower(node) }
        case .alternation(let nodes): try addAlternation(nodes)
        case .set(let set): try add(.set(set))
        case .repetition(.set(let set), let min, let max, let mode):
            try add(.loop(set, min: min, max: max ?? .max, mode: mode))
        case .repetition(let node, let min, let max, .possessive):
            try addBlock({ .atomic(end: $0) }, .repetition(node, min: min, max: max, mode: .greedy))
        case .repetition(let node, let min, let max, let mode):
            try addRepetition(node, min, max, isLazy: mode == .lazy)
        case .lookahead(let node, let isNegated):
            try addBlock({ .lookahead(isNegated: isNegated, end: $0) }, node)
        case .atomic(let node): try addBlock({ .atomic(end: $0) }, node)
        case .textStart: try add(.textStart)
        case .textEnd: try add(.textEnd)
        }
    }

    private mutating func addAlternation(_ nodes: [PatternNode]) throws(TokenizerError) {
        var jumps: [Int] = []
        for (index, node) in nodes.enumerated() {
            guard index < nodes.count - 1 else {
                try lower(node)
                break
            }
            let split = program.count
            try add(.jump(0))
            try lower(node)
            jumps.append(program.count)
            try add(.jump(0))
            program[split] = .split(otherwise: program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func addRepetition(
        _ node: PatternNode, _ min: Int, _ max: Int?, isLazy: Bool
    ) throws(TokenizerError) {
        for _ in 0..<min {
            let count = program.count
            try lower(node)
            if program.count == count { return }  // an empty group stays empty, however often
        }
        guard let max else {
            let split = program.count
            try add(.jump(0))
            try lower(node)
            try add(.jump(split))
            program[split] = fork(from: split, past: program.count, isLazy)
            return
        }
        var splits: [Int] = []
        for _ in min..<max {
            splits.append(program.count)
            try add(.jump(0))
            try lower(node)
        }
        for split in splits { program[split] = fork(from: split, past: program.count, isLazy) }
    }

    private func fork(from split: Int, past end: Int, _ isLazy: Bool) -> Pattern.Instruction {
        isLazy ? .splitLater(first: end) : .split(otherwise: end)
    }

    private mutating func addBlock(
        _ instruction: (Int) -> Pattern.Instruction, _ node: PatternNode
    ) throws(TokenizerError) {
        let start = program.count
        try add(.accept)
        try lower(node)
        try add(.accept)
        program[start] = instruction(program.count)
    }
}
