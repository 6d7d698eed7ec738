/// What a backend does for models that turn a text into a vector, beside what it does for decoders.
///
/// Sequences are in a step as a whole: nothing is kept from step to step, so that a step needs no cache and no block
/// tables. As with decoders, a row's result never depends on which other rows a step has.
package protocol EncoderCompute: Compute {
    /// Adds to each row of `output` one row of `table`. Shapes: `[tokens, hidden]`.
    ///
    /// - Parameter rows: Which row of the table, for each row of the step.
    func addRows(_ rows: [Int32], of table: MatrixID, to output: ActivationID)

    /// LayerNorm (Ba, Kiros and Hinton, 2016): `(x - mean) / sqrt(variance + epsilon) * weight + bias`.
    ///
    /// Shapes: `[tokens, hidden]`; `output` may be `input`.
    func layerNorm(
        _ input: ActivationID, weight: VectorID, bias: VectorID, epsilon: Float, into output: ActivationID)

    /// `input × matrixᵀ + bias`, added to what `output` holds. Shapes: `[tokens, inputs]` → `[tokens, outputs]`.
    func multiplyAdding(_ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, to output: ActivationID)

    /// Applies a function to every number of the step's rows, in place.
    func activate(_ elements: ActivationID, _ function: ActivationFunction)

    /// Rotates the queries and keys of `qkv` in place, as ``Compute/rotateAndStore(_:rope:layer:)`` does.
    func rotate(_ qkv: ActivationID, rope: RopeTable, heads: AttentionShape)

    /// Attention of each run's rows to each other.
    ///
    /// `qkv` is `[tokens, (heads + 2 * keyValueHeads) * headDimension]`: queries, then keys, then values; output
    /// `[tokens, heads * headDimension]`.
    func attendWithinRuns(
        _ qkv: ActivationID, heads: AttentionShape, scale: Float, isCausal: Bool, into output: ActivationID)

    /// One row for each run of the step, made of the run's rows. Shapes: `[tokens, hidden]` → `[runs, hidden]`.
    func pool(_ input: ActivationID, _ pooling: Pooling, into output: ActivationID)

    /// The step's rows of an activation, `[tokens, columns]`, valid until the next step.
    func rows(of elements: ActivationID) -> UnsafeMutableBufferPointer<Float>
}

/// The heads of an attention that has no cache.
package struct AttentionShape: Sendable, Equatable {
    /// How many query heads.
    package let headCount: Int
    /// How many key-value heads.
    package let keyValueHeadCount: Int
    /// The width of a head: a multiple of 8, 256 at most.
    package let headDimension: Int

    package init(headCount: Int, keyValueHeadCount: Int, headDimension: Int) {
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension
    }

    /// Numbers that a token's queries, keys and values take together.
    package var columns: Int { (headCount + 2 * keyValueHeadCount) * headDimension }

    /// Numbers that attention writes for a token.
    package var width: Int { headCount * headDimension }
}

/// What a network does to each number between two products.
package enum ActivationFunction: String, Sendable, CaseIterable {
    /// `x Φ(x)`, Φ the normal distribution (Hendrycks and Gimpel, 2016).
    case gelu
    /// GELU by its approximation with the hyperbolic tangent.
    case geluTanh
    case relu
    case silu
    case tanh
}

/// How a sequence's rows become one.
package enum Pooling: String, Sendable, CaseIterable {
    /// The mean of all rows.
    case mean
    /// The first row.
    case first
    /// The last row.
    case last
    /// The largest number of each column.
    case max
    /// The sum of all rows, by the square root of their number.
    case meanBySquareRoot
}
