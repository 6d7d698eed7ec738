/// A decoder as its config describes it: what each layer is made of, from which its memory and its weights follow.
struct DecoderShape {
    var family: String
    var traits: FamilyTraits
    var hiddenSize: Int
    var headCount: Int
    var vocabularySize: Int
    var contextLength: Int
    /// Rows of a table of learned positions; 0 where positions are rotated or biased.
    var positionRows: Int
    /// Whether the head is the embedding.
    var tiesEmbeddings: Bool
    var layers: [DecoderLayer]
}

/// One layer: what mixes tokens and what transforms each.
struct DecoderLayer {
    var mixer: Mixer
    var feedForward: FeedForward
}

/// What lets a token see those before it.
enum Mixer {
    case attention(Attention)
    case latent(LatentAttention)
    case stateSpace(StateSpace)
    case linear(LinearAttention)
}

/// Queries, keys and values in heads.
struct Attention {
    /// How much of the past a layer keeps.
    enum Span { case everything, window(Int), chunk(Int), none }
    var headCount: Int
    var keyValueHeadCount: Int
    var headSize: Int
    var span: Span
}

/// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434).
struct LatentAttention {
    var headCount: Int
    /// The rank of the compressed queries; nil where they are not compressed.
    var queryRank: Int?
    var rank: Int
    var ropeSize: Int
    var plainSize: Int
    var valueSize: Int
}

/// A selective state space (Mamba, arXiv 2312.00752; with heads Mamba-2, arXiv 2405.21060).
struct StateSpace {
    var innerSize: Int
    var stateSize: Int
    var kernelSize: Int
    /// The rank of the step size; of the first version only.
    var stepRank: Int
    /// Heads and groups; of the second version only.
    var headCount: Int?
    var groupCount: Int
}

/// Linear attention by the delta rule (Gated DeltaNet, arXiv 2412.06464; Kimi Linear, arXiv 2510.26692).
struct LinearAttention {
    var keyHeadCount: Int
    var valueHeadCount: Int
    var keySize: Int
    var valueSize: Int
    var kernelSize: Int
    /// Whether gates are low-rank projections, as in Kimi Linear.
    var hasLowRankGates: Bool
}

/// What transforms each token.
enum FeedForward {
    case none
    case dense(width: Int)
    case mixture(experts: Int, width: Int, sharedWidth: Int)
}

extension DecoderLayer {
    /// What this layer keeps of a sequence's past.
    /// - Throws: ``ProfileError/tooLarge(quantity:)``.
    func state() throws(ProfileError) -> LayerState {
        switch mixer {
        case .attention(let attention):
            let (heads, size) = (attention.keyValueHeadCount, attention.headSize)
            return switch attention.span {
            case .everything: .full(keyValueHeads: heads, keySize: size, valueSize: size)
            case .window(let window):
                .sliding(keyValueHeads: heads, keySize: size, valueSize: size, window: window)
            case .chunk(let chunk):
                .chunked(keyValueHeads: heads, keySize: size, valueSize: size, chunk: chunk)
            case .none: .none
            }
        case .latent(let latent): return .latent(rank: latent.rank, ropeSize: latent.ropeSize)
        case .stateSpace(let space):
            let channels = space.headCount == nil ? 0 : 2 * space.groupCount * space.stateSize
            return .recurrent(
                elements: try sum(
                    product(space.innerSize + channels, space.kernelSize - 1),
                    product(space.innerSize, space.stateSize)))
        case .linear(let linear):
            let channels = 2 * linear.keyHeadCount * linear.keySize + linear.valueHeadCount * linear.valueSize
            return .recurrent(
                elements: try sum(
                    product(channels, linear.kernelSize - 1),
                    product(linear.valueHeadCount, linear.keySize, linear.valueSize)))
        }
    }

    private func product(_ factors: Int...) throws(ProfileError) -> Int {
        var result = 1
        for factor in factors {
            let (value, overflows) = result.multipliedReportingOverflow(by: factor)
            if overflows { throw .tooLarge(quantity: "a recurrent layer's state") }
            result = value
        }
        return result
    }

    private func sum(_ first: Int, _ second: Int) throws(ProfileError) -> Int {
        let (value, overflows) = first.addingReportingOverflow(second)
        if overflows { throw .tooLarge(quantity: "a recurrent layer's state") }
        return value
    }
}
