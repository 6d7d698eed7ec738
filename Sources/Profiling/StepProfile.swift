/// Where the time of some steps went.
package struct StepProfile: Sendable {
    /// What one kind of operation came to.
    package struct Part: Sendable {
        package fileprivate(set) var seconds = 0.0
        package fileprivate(set) var work = Work()
    }

    /// How many steps.
    package private(set) var stepCount = 0
    /// How many tokens they computed.
    package private(set) var tokenCount = 0
    private var parts = [Part](repeating: Part(), count: OperationKind.allCases.count)

    package init() {}

    /// What one kind of operation came to.
    package subscript(kind: OperationKind) -> Part { parts[kind.rawValue] }

    /// All kinds together.
    package var seconds: Double { parts.reduce(0) { $0 + $1.seconds } }

    /// All kinds together.
    package var work: Work { parts.reduce(Work()) { $0 + $1.work } }

    package mutating func recordStep(tokens: Int) {
        stepCount += 1
        tokenCount += tokens
    }

    package mutating func record(_ kind: OperationKind, seconds: Double, work: Work = Work()) {
        parts[kind.rawValue].seconds += seconds
        parts[kind.rawValue].work += work
    }
}

/// What a machine can do at most, and how much of that a profile used.
package struct Roofline: Sendable {
    package var bytesPerSecond: Double
    /// By ``Arithmetic``; positive.
    package var operationsPerSecond: [Double]

    package init(bytesPerSecond: Double, int8: Double, bf16: Double, f32: Double) {
        self.bytesPerSecond = bytesPerSecond
        operationsPerSecond = [int8, bf16, f32]
    }

    /// The least time that work takes when either memory or arithmetic is the limit (Williams, Waterman and Patterson,
    /// "Roofline", 2009).
    package func seconds(_ work: Work) -> Double { max(memorySeconds(work), arithmeticSeconds(work)) }

    /// Whether memory is the limit, rather than arithmetic.
    package func isMemoryBound(_ work: Work) -> Bool { memorySeconds(work) >= arithmeticSeconds(work) }

    private func memorySeconds(_ work: Work) -> Double { work.bytes / bytesPerSecond }

    private func arithmeticSeconds(_ work: Work) -> Double {
        zip(work.operations, operationsPerSecond).reduce(0) { $0 + $1.0 / $1.1 }
    }
}
