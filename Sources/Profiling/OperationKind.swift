/// Parts of a step that are told apart.
package enum OperationKind: Int, Sendable, CaseIterable {
    case embedding
    case norm
    case queryKeyValue
    case rotateAndStore
    case attention
    case attentionOutput
    /// The feed-forward network's gates and ups, and SwiGLU of them.
    case gateUp
    case down
    /// The last norm and the product that gives logits.
    case head
    /// From the logits to the beginning of the next step: sampling, scheduling, delivering.
    case betweenSteps

    /// What people call it.
    package var title: String {
        switch self {
        case .embedding: "embedding"
        case .norm: "norms"
        case .queryKeyValue: "q, k, v"
        case .rotateAndStore: "rope and store"
        case .attention: "attention"
        case .attentionOutput: "attention output"
        case .gateUp: "gate, up"
        case .down: "down"
        case .head: "head"
        case .betweenSteps: "sampling, rest"
        }
    }

    /// Its name in JSON.
    package var name: String {
        switch self {
        case .embedding: "embed"
        case .norm: "norm"
        case .queryKeyValue: "qkv"
        case .rotateAndStore: "rope_store"
        case .attention: "attention"
        case .attentionOutput: "output"
        case .gateUp: "gate_up"
        case .down: "down"
        case .head: "head"
        case .betweenSteps: "rest"
        }
    }
}

/// What numbers a product is computed in.
package enum Arithmetic: Int, Sendable, CaseIterable {
    case int8
    case bf16
    case f32
}

/// The least that an operation has to do.
package struct Work: Sendable, Equatable {
    /// Bytes that come from memory: weights and cached keys and values, each counted once a call.
    package var bytes = 0.0
    /// Multiplications and additions, by ``Arithmetic``.
    package var operations = [Double](repeating: 0, count: Arithmetic.allCases.count)

    package init() {}

    package init(bytes: Double, operations: Double, in arithmetic: Arithmetic) {
        self.bytes = bytes
        self.operations[arithmetic.rawValue] = operations
    }

    /// Both together.
    static func + (left: Work, right: Work) -> Work {
        var sum = left
        sum += right
        return sum
    }

    static func += (left: inout Work, right: Work) {
        left.bytes += right.bytes
        for index in left.operations.indices { left.operations[index] += right.operations[index] }
    }
}
