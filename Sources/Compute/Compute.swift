package import Tensors

/// A weight matrix that a backend holds in a layout of its own.
package struct MatrixID: Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// A vector of f32 that a backend holds: a norm's weight, a bias, frequencies.
package struct VectorID: Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// A matrix of f32 activations that a backend holds, one row a token of the step.
package struct ActivationID: Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
}

/// A backend: it owns weights, activations and the KV cache, and runs one operation of a layer a call.
///
/// Operations work on the step that ``begin(_:)`` announced: activations have ``StepLayout/tokenCount`` rows. One
/// thread at a time calls a backend. A row's result never depends on which other rows a step has: every kernel keeps
/// one order of reduction per row.
package protocol Compute: AnyObject {
    // MARK: Making things at load

    /// Takes a weight matrix of shape `[outputs, inputs]`; several views are stacked along their outputs.
    ///
    /// - Throws: ``ComputeError`` where a type has no kernel, or the views' inputs differ.
    func makeMatrix(_ views: [TensorView]) throws -> MatrixID

    /// Takes vectors, converted to f32; several views are concatenated.
    func makeVector(_ views: [TensorView]) throws -> VectorID

    /// Takes a vector of numbers.
    func makeVector(_ elements: [Float]) -> VectorID

    /// Makes room for activations of `columns` numbers a token, for as many tokens as a step may have.
    func makeActivation(columns: Int) -> ActivationID

    /// Makes the KV cache, every slot zero. Called once.
    func makeKVCache(_ shape: KVCacheShape) throws

    /// Bytes that weights take in this backend's layout.
    var weightBytes: Int { get }

    // MARK: A step

    /// Announces the rows of the step that the following operations work on.
    func begin(_ step: StepLayout)

    /// Looks up the rows of `table` for ``StepLayout/tokens``. Output: `[tokens, hidden]`.
    func embed(_ table: MatrixID, into output: ActivationID)

    /// RMSNorm (Zhang and Sennrich, 2019): `x / sqrt(mean(x²) + epsilon) * weight`. Shapes: `[tokens, hidden]`.
    func rmsNorm(_ input: ActivationID, weight: VectorID, epsilon: Float, into output: ActivationID)

    /// `input × matrixᵀ + bias`. Shapes: `[tokens, inputs]` → `[tokens, outputs]`.
    func multiply(_ input: ActivationID, _ matrix: MatrixID, bias: VectorID?, into output: ActivationID)

    /// The same, added to what `output` holds: the residual stream.
    func multiplyAdding(_ input: ActivationID, _ matrix: MatrixID, to output: ActivationID)

    /// Rotates queries and keys in place, and writes keys and values into the cache.
    ///
    /// `qkv` is `[tokens, (heads + 2 * keyValueHeads) * headDimension]`: queries, then keys, then values.
    func rotateAndStore(_ qkv: ActivationID, rope: RopeTable, layer: Int)

    /// Causal attention of the step's queries over their sequences' cached keys and values.
    ///
    /// Reads the queries of `qkv`; output `[tokens, heads * headDimension]`. With a `window`, a token sees itself and
    /// the `window - 1` tokens before it.
    func attend(_ qkv: ActivationID, layer: Int, scale: Float, window: Int?, into output: ActivationID)

    /// `silu(input × gateᵀ) * (input × upᵀ)` (SwiGLU; Shazeer, 2020). Shapes: `[tokens, inputs]` → `[tokens, width]`.
    ///
    /// `gateUp` was made of two views of `width` rows each, the gates first. Nobody but a ``multiplyAdding(_:_:to:)`` with
    /// the matrix `next` reads the output, so that a backend may leave it in whatever form that product wants.
    func multiplyGated(
        _ input: ActivationID, _ gateUp: MatrixID, into output: ActivationID, for next: MatrixID)

    /// The norm and the head for the step's ``StepLayout/logitRows`` only.
    ///
    /// Returns `[logitRows, vocabulary]`, valid until the next call. The caller may change the numbers in place.
    func logits(
        _ input: ActivationID, norm: VectorID, epsilon: Float, head: MatrixID
    ) -> UnsafeMutableBufferPointer<Float>
}

/// Why a backend cannot take a model.
package struct ComputeError: Error, Sendable, CustomStringConvertible {
    /// One line for people: what, where, the limit and the value.
    package let description: String
    /// Makes an error from its message.
    package init(_ description: String) { self.description = description }
}

/// How numbers are stored in the KV cache.
package enum KVCacheType: String, Sendable, CaseIterable {
    case f16
    case bf16
    /// GGUF's Q8_0: 8 bits a number, and an f16 scale for each ``groupElements`` of them.
    case q8_0

    /// Consecutive numbers of a vector that share a scale in ``q8_0``; a vector's last group may be shorter.
    package static let groupElements = 32

    /// Bytes of a head's key or value of `dimension` numbers.
    package func vectorBytes(_ dimension: Int) -> Int {
        switch self {
        case .f16, .bf16: 2 * dimension
        case .q8_0: dimension + 2 * ((dimension + Self.groupElements - 1) / Self.groupElements)
        }
    }
}

/// The shape of the KV cache: for each layer and block, keys and values of `blockTokens` tokens.
package struct KVCacheShape: Sendable, Equatable {
    /// Tokens a block.
    package static let blockTokens = 16

    package var layerCount: Int
    package var headCount: Int
    package var keyValueHeadCount: Int
    package var headDimension: Int
    package var blockCount: Int
    package var type: KVCacheType

    package init(
        layerCount: Int, headCount: Int, keyValueHeadCount: Int, headDimension: Int, blockCount: Int,
        type: KVCacheType
    ) {
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headDimension = headDimension
        self.blockCount = blockCount
        self.type = type
    }

    /// Bytes that one block takes over all layers, keys and values together.
    package var bytesPerBlock: Int {
        layerCount * 2 * keyValueHeadCount * type.vectorBytes(headDimension) * Self.blockTokens
    }
}

/// The angles of a rotary embedding: `[positions, dimension / 2]` cosines and sines, held by the backend.
package struct RopeTable: Sendable {
    /// Cosines, one row a position.
    package let cosines: VectorID
    /// Sines, one row a position.
    package let sines: VectorID
    /// How many leading elements of a head rotate.
    package let dimension: Int
    /// Whether elements `2 i` and `2 i + 1` rotate together, rather than `i` and `i + dimension / 2`.
    package let isInterleaved: Bool

    package init(cosines: VectorID, sines: VectorID, dimension: Int, isInterleaved: Bool) {
        self.cosines = cosines
        self.sines = sines
        self.dimension = dimension
        self.isInterleaved = isInterleaved
    }
}

/// The rows of one step: which tokens of which sequences, and where their keys and values lie.
///
/// Rows of one sequence are contiguous and in order of position. Arrays are reused from step to step, so that a
/// steady state allocates nothing.
package struct StepLayout: Sendable {
    /// One sequence's share of a step.
    package struct Run: Sendable, Equatable {
        /// Its first row.
        package var firstRow: Int
        /// How many rows.
        package var rowCount: Int
        /// The position of its first row in the sequence: how many tokens are in the cache already.
        package var firstPosition: Int
        /// Where its block table begins in ``StepLayout/blockTables``.
        package var firstBlock: Int

        package init(firstRow: Int, rowCount: Int, firstPosition: Int, firstBlock: Int) {
            self.firstRow = firstRow
            self.rowCount = rowCount
            self.firstPosition = firstPosition
            self.firstBlock = firstBlock
        }
    }

    /// The token of each row.
    package var tokens: [Int32] = []
    /// The position of each row in its sequence.
    package var positions: [Int32] = []
    /// The sequences, in order of rows.
    package var runs: [Run] = []
    /// The runs' block tables one after another; each covers its sequence up to the run's last row.
    package var blockTables: [Int32] = []
    /// The rows whose logits are asked for, ascending.
    package var logitRows: [Int32] = []

    package init() {}

    /// How many rows.
    package var tokenCount: Int { tokens.count }

    /// Empties the step and keeps the storage.
    package mutating func removeAll() {
        tokens.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        runs.removeAll(keepingCapacity: true)
        blockTables.removeAll(keepingCapacity: true)
        logitRows.removeAll(keepingCapacity: true)
    }
}
