/// A grammar's states, made as they are reached.
///
/// A state is the set of ways in which the output so far can be read: each is the expression that is being matched
/// and what must follow it, a stack whose nodes are shared. States, stacks and expressions have numbers, and where a
/// byte leads is worked out once. The design follows XGrammar (Dong et al., 2024) in that the masks of tokens that
/// end within an expression do not depend on the stack, and llguidance in that terminals are derivatives.
struct Automaton: Sendable {
    /// One way to read the output.
    struct Thread: Hashable, Sendable {
        /// What the terminal that is being read still wants.
        var expression: ExpressionID
        /// What must come after it; 0 is the end.
        var stack: Int32
        /// The text of a distinct terminal so far; 0 for all other terminals.
        var text: Int32 = 0
    }

    /// The text of a distinct terminal: a byte, and those before it.
    private struct Text: Hashable {
        var before: Int32
        var byte: UInt8
    }

    /// What must come later.
    struct Frame: Hashable, Sendable {
        /// The part that comes next, a loop where `done` is 0 or more.
        var node: NodeID
        /// How often the loop's body has been read, or the expression of the texts that a scope has seen; -1 for a
        /// part that starts.
        var done: Int32
        /// What comes then.
        var below: Int32
    }

    /// Ways to read, and whether the output may end here.
    struct State: Hashable, Sendable {
        var threads: [Thread]
        var isAccepting: Bool
    }

    /// The state that nothing leads out of.
    static let dead: Int32 = 0

    let program: GrammarProgram
    let vocabulary: TokenVocabulary
    var pool: ExpressionPool
    /// Where the row of each expression starts in ``rows``; -1 until it is made.
    private var rowStarts: [Int32] = []
    /// 256 expressions for each row: where each byte leads.
    private(set) var rows: [Int32] = []
    private var frames: [Frame]
    private var frameIDs: [Frame: Int32] = [:]
    private var depths: [Int32] = [0]
    private var texts: [Text] = [Text(before: 0, byte: 0), Text(before: 0, byte: 0)]
    private var textIDs: [Text: Int32] = [:]
    /// The number of the empty text.
    private static let emptyText: Int32 = 1
    /// The state in which each stack is taken up.
    private var openStates: [Int32] = [-1]
    private(set) var states: [State] = []
    private var stateIDs: [State: Int32] = [:]
    /// 256 states for each state; -1 until it is worked out.
    private var stateRows: [Int32] = []
    var expressionMasks: [ExpressionID: ExpressionMask] = [:]
    var stateMasks: [Int32: TokenMask] = [:]
    var maskBytes = 0
    private let expressionsMax: Int

    init(_ program: GrammarProgram, _ vocabulary: TokenVocabulary) {
        self.program = program
        self.vocabulary = vocabulary
        pool = program.pool
        pool.casesMax = .max
        expressionsMax = program.pool.expressions.count + 4 * program.limits.statesMax
        frames = [Frame(node: program.root, done: -1, below: 0)]
        _ = add(State(threads: [], isAccepting: false))
        // The first stack stands for the end; the second holds the whole grammar.
        let root = push(Frame(node: program.root, done: -1, below: 0))
        start = open(root)
    }

    /// The state before any output.
    private(set) var start: Int32 = 0

    /// Whether so much has been made that it should be forgotten before the next step.
    var isFull: Bool {
        states.count > program.limits.statesMax || pool.expressions.count > expressionsMax || pool.isExhausted
            || rows.count > 256 * program.limits.statesMax || frames.count > 8 * program.limits.statesMax
            || texts.count > 8 * program.limits.statesMax
    }

    /// Whether not even the step at hand may make more.
    private var isOverfull: Bool { states.count > 2 * program.limits.statesMax }

    /// Where a byte leads from a state.
    mutating func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        let place = Int(state) << 8 | Int(byte)
        let known = stateRows[place]
        if known >= 0 { return known }
        let next = makeNext(state, byte)
        stateRows[place] = next
        return next
    }

    /// Where the row of an expression starts in ``rows``.
    mutating func rowStart(of id: ExpressionID) -> Int {
        if id.index < rowStarts.count, rowStarts[id.index] >= 0 { return Int(rowStarts[id.index]) }
        return makeRow(of: id)
    }

    /// The state in which a stack is taken up.
    mutating func open(_ stack: Int32) -> Int32 {
        if openStates[Int(stack)] >= 0 { return openStates[Int(stack)] }
        var state = State(threads: [], isAccepting: false)
        takeUp(stack, into: &state)
        let id = add(state)
        openStates[Int(stack)] = id
        return id
    }

    // MARK: Making

    private mutating func makeRow(of id: ExpressionID) -> Int {
        let start = rows.count
        rows.append(contentsOf: repeatElement(0, count: 256))
        for arc in pool.arcs(of: id) where pool.isAlive(arc.target) {
            arc.bytes.forEach { rows[start + Int($0)] = arc.target.rawValue }
        }
        while rowStarts.count < pool.expressions.count { rowStarts.append(-1) }
        rowStarts[id.index] = Int32(start)
        return start
    }

    private mutating func makeNext(_ id: Int32, _ byte: UInt8) -> Int32 {
        if isOverfull { return Self.dead }
        var state = State(threads: [], isAccepting: false)
        for thread in states[Int(id)].threads {
            let target = ExpressionID(rawValue: rows[rowStart(of: thread.expression) + Int(byte)])
            guard target != .nothing else { continue }
            let text = thread.text == 0 ? 0 : extend(thread.text, by: byte)
            if target != .empty {
                state.threads.append(Thread(expression: target, stack: thread.stack, text: text))
            }
            if pool.isNullable(target) {
                if thread.stack == 0 {
                    state.isAccepting = true
                } else {
                    let stack =
                        text == 0 ? thread.stack : note(pool.literal(bytes(of: text)), on: thread.stack)
                    let opened = states[Int(open(stack))]
                    state.threads += opened.threads
                    state.isAccepting = state.isAccepting || opened.isAccepting
                }
            }
        }
        return add(state)
    }

    private mutating func add(_ state: State) -> Int32 {
        var state = state
        if state.threads.count > 1 {
            state.threads.sort { ($0.expression, $0.stack, $0.text) < ($1.expression, $1.stack, $1.text) }
            var last: Thread?
            state.threads.removeAll { thread in
                defer { last = thread }
                return thread == last
            }
            if state.threads.count > program.limits.threadsMax {
                state.threads.removeLast(state.threads.count - program.limits.threadsMax)
            }
        }
        if let id = stateIDs[state] { return id }
        let id = Int32(states.count)
        states.append(state)
        stateIDs[state] = id
        // Nothing leads out of a state without threads.
        stateRows.append(contentsOf: repeatElement(state.threads.isEmpty ? Self.dead : -1, count: 256))
        return id
    }

    private mutating func push(_ frame: Frame) -> Int32 {
        if let id = frameIDs[frame] { return id }
        let id = Int32(frames.count)
        frames.append(frame)
        depths.append(depths[Int(frame.below)] + 1)
        openStates.append(-1)
        frameIDs[frame] = id
        return id
    }

    // MARK: Distinct terminals

    private mutating func extend(_ text: Int32, by byte: UInt8) -> Int32 {
        let longer = Text(before: text, byte: byte)
        if let id = textIDs[longer] { return id }
        let id = Int32(texts.count)
        texts.append(longer)
        textIDs[longer] = id
        return id
    }

    private func bytes(of text: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while rest != Self.emptyText {
            bytes.append(texts[Int(rest)].byte)
            rest = texts[Int(rest)].before
        }
        return bytes.reversed()
    }

    /// The stack whose innermost scope has seen some texts too.
    mutating func note(_ seen: ExpressionID, on stack: Int32) -> Int32 {
        var above: [Frame] = []
        var place = stack
        while place != 0 {
            var frame = frames[Int(place)]
            if case .scope = program.nodes[frame.node.index], frame.done >= 0 {
                frame.done = pool.anyOf([ExpressionID(rawValue: frame.done), seen]).rawValue
                var result = push(frame)
                for var frame in above.reversed() {
                    frame.below = result
                    result = push(frame)
                }
                return result
            }
            above.append(frame)
            place = frame.below
        }
        return stack
    }

    /// The texts that the innermost scope has seen.
    private func textsSeen(by stack: Int32) -> ExpressionID {
        var place = stack
        while place != 0 {
            let frame = frames[Int(place)]
            if case .scope = program.nodes[frame.node.index], frame.done >= 0 {
                return ExpressionID(rawValue: frame.done)
            }
            place = frame.below
        }
        return .nothing
    }

    // MARK: Expanding

    /// Finds the terminals that a stack can go on with.
    private mutating func takeUp(_ stack: Int32, into state: inout State) {
        guard stack != 0 else {
            state.isAccepting = true
            return
        }
        var work = [frames[Int(stack)]]
        var seen: Set<Frame> = []
        while let item = work.popLast() {
            guard seen.insert(item).inserted else { continue }
            switch program.nodes[item.node.index] {
            case .nothing: continue
            case .empty: goOn(after: item.below, &work, &state)
            case .terminal(let expression):
                if expression != .empty {
                    state.threads.append(Thread(expression: expression, stack: item.below))
                }
                if pool.isNullable(expression) { goOn(after: item.below, &work, &state) }
            case .sequence(let first, let second):
                let rest = push(Frame(node: second, done: -1, below: item.below))
                add(first, rest, to: &work)
            case .anyOf(let options):
                for option in options { add(option, item.below, to: &work) }
            case .loop(let body, let min, let max):
                let done = Swift.max(item.done, 0)
                if done < max {
                    let next = max == .max ? Swift.min(done + 1, min) : done + 1
                    let again = push(Frame(node: item.node, done: next, below: item.below))
                    add(body, again, to: &work)
                }
                if done >= min { goOn(after: item.below, &work, &state) }
            case .rule(let rule): add(program.rules[rule.index], item.below, to: &work)
            case .scope(let body):
                if item.done >= 0 {
                    goOn(after: item.below, &work, &state)
                } else {
                    let seen = ExpressionID.nothing.rawValue
                    let scope = push(Frame(node: item.node, done: seen, below: item.below))
                    add(body, scope, to: &work)
                }
            case .distinct(let expression):
                let wanted = pool.allOf([expression, pool.not(textsSeen(by: item.below))])
                guard pool.isAlive(wanted) else { continue }
                state.threads.append(Thread(expression: wanted, stack: item.below, text: Self.emptyText))
            }
        }
    }

    /// Takes a part up where it can end before the output nests too deep.
    private func add(_ node: NodeID, _ stack: Int32, to work: inout [Frame]) {
        guard depths[Int(stack)] &+ program.needs[node.index] <= program.limits.outputDepthMax else { return }
        work.append(Frame(node: node, done: -1, below: stack))
    }

    private func goOn(after stack: Int32, _ work: inout [Frame], _ state: inout State) {
        if stack == 0 { state.isAccepting = true } else { work.append(frames[Int(stack)]) }
    }
}
