/// How a KV cache is cut into blocks for a model's layers: which layers share a pool, what one block of it takes, and
/// how many blocks a sequence of some length occupies.
///
/// Layers of one kind form one group, and a block holds all of them. A hybrid's layers form groups of equal size that
/// draw blocks from one pool: pages are unified to the largest one by giving smaller layers more tokens a page, as
/// vLLM's `get_kv_cache_groups` does.
struct KVLayout: Sendable, Equatable {
    /// What decides how many blocks a layer needs for a sequence.
    enum Retention: Hashable {
        case everything
        case window(Int)
        case chunk(Int)
        case state
    }

    /// Layers that keep the same of the past, in groups that each take blocks of their own.
    struct Kind: Sendable, Equatable {
        var retention: Retention
        var groupCount: Int
        /// Tokens that a page of these layers holds.
        var pageTokens: Int
    }

    /// Bytes of one block on one rank: a page of each layer in a group.
    let blockBytes: Int
    /// Bytes that one more token takes on one rank, over the layers that keep every token.
    let bytesPerToken: Int
    let kinds: [Kind]
    /// The most tokens that one step adds to a sequence.
    private let stepTokensMax: Int

    /// Lays a model's layers out on one rank.
    /// - Parameter keepsEverything: Whether windows and chunks are stored in full, as engines without a hybrid
    ///   cache do.
    init(
        layers: [LayerState], ranks: Int, type: KVNumberType, blockSize: Int, stepTokensMax: Int,
        keepsEverything: Bool
    ) throws(PlanError) {
        var pages: [(retention: Retention, bytes: Int)] = []
        var perToken = 0
        for layer in layers {
            guard let page = try Self.page(of: layer, ranks: ranks, type: type) else {
                continue
            }
            let retention = keepsEverything && page.retention != .state ? .everything : page.retention
            let bytes =
                retention == .state
                ? page.bytes : try product(page.bytes, blockSize, of: "the bytes of a KV block")
            pages.append((retention, bytes))
            if retention == .everything {
                perToken = try sum(perToken, page.bytes, of: "the KV bytes of a token")
            }
        }
        bytesPerToken = perToken
        self.stepTokensMax = stepTokensMax

        var order: [Retention] = []
        var counts: [Retention: Int] = [:]
        for page in pages {
            if counts[page.retention] == nil { order.append(page.retention) }
            counts[page.retention, default: 0] += 1
        }
        guard order.count > 1 else {
            var bytes = 0
            for page in pages { bytes = try sum(bytes, page.bytes, of: "the bytes of a KV block") }
            blockBytes = bytes
            kinds = order.map { Kind(retention: $0, groupCount: 1, pageTokens: blockSize) }
            return
        }
        let page = try Self.unifiedPage(pages)
        let fewest = counts.values.reduce(Int.max) { min($0, $1) }
        let most = counts.values.reduce(0) { max($0, $1) }
        let groupSize = Double(most) < 1.5 * Double(fewest) ? most : fewest
        blockBytes = try product(page, groupSize, of: "the bytes of a KV block")
        var kinds: [Kind] = []
        for retention in order {
            let widest = pages.reduce(1) { $1.retention == retention ? max($0, $1.bytes) : $0 }
            kinds.append(
                Kind(
                    retention: retention, groupCount: quotientRoundedUp(counts[retention] ?? 0, groupSize),
                    pageTokens: try product(blockSize, max(1, page / widest), of: "the tokens of a KV page")))
        }
        self.kinds = kinds
    }

    /// The bytes that a page of every kind takes: the largest page of tokens, which holds so many times more of them
    /// that the largest state fits too.
    private static func unifiedPage(_ pages: [(retention: Retention, bytes: Int)]) throws(PlanError) -> Int {
        let tokens = pages.reduce(0) { $1.retention == .state ? $0 : max($0, $1.bytes) }
        let state = pages.reduce(0) { $1.retention == .state ? max($0, $1.bytes) : $0 }
        guard tokens > 0 else { return max(1, state) }
        return try product(tokens, max(1, quotientRoundedUp(state, tokens)), of: "the bytes of a KV page")
    }

    /// How many blocks one sequence of that length occupies at most; saturates instead of overflowing.
    func blocks(for length: Int) -> Int {
        kinds.reduce(0) { total, kind in
            let each =
                switch kind.retention {
                case .everything: quotientRoundedUp(length, kind.pageTokens)
                case .window(let window):
                    quotientRoundedUp(min(window - 1 + min(stepTokensMax, length), length), kind.pageTokens)
                        + 1
                case .chunk(let chunk):
                    quotientRoundedUp(min(chunk + min(stepTokensMax, length), length), kind.pageTokens)
                case .state: 1
                }
            let (blocks, overflows) = each.multipliedReportingOverflow(by: kind.groupCount)
            let (sum, overflowsToo) = total.addingReportingOverflow(blocks)
            return overflows || overflowsToo ? .max : sum
        }
    }

    /// The most tokens, up to a limit, of one sequence in that many blocks: what a length needs never falls as it
    /// grows, so halving finds it.
    func greatestLength(blocks available: Int, limit: Int) -> Int {
        var (fits, exceeds) = (0, limit + 1)
        while exceeds - fits > 1 {
            let middle = fits + (exceeds - fits) / 2
            if blocks(for: middle) <= available { fits = middle } else { exceeds = middle }
        }
        return fits
    }

    /// What one layer keeps: bytes a token, or bytes a sequence where it is a state; nil where nothing.
    private static func page(
        of layer: LayerState, ranks: Int, type: KVNumberType
    ) throws(PlanError) -> (retention: Retention, bytes: Int)? {
        func attention(_ heads: Int, _ key: Int, _ value: Int) throws(PlanError) -> Int {
            let bytes = try sum(
                type.vectorBytes(key), type.vectorBytes(value), of: "a key-value head's bytes")
            return try product(max(1, heads / ranks), bytes, of: "the KV bytes of a token")
        }
        switch layer {
        case .full(let heads, let key, let value): return (.everything, try attention(heads, key, value))
        case .sliding(let heads, let key, let value, let window):
            return (.window(window), try attention(heads, key, value))
        case .chunked(let heads, let key, let value, let chunk):
            return (.chunk(chunk), try attention(heads, key, value))
        case .latent(let rank, let rope):
            let width = try sum(rank, rope, of: "a latent vector's width")
            return (.everything, try type.vectorBytes(width))
        case .recurrent(let elements):
            return (.state, quotientRoundedUp(try type.vectorBytes(elements), ranks))
        case .none: return nil
        }
    }
}
