/// What two neighbouring symbols become, and how early: an open-addressing table keyed by the pair of ids.
struct MergeTable: Sendable {
    /// A merge rule; lower ranks go first, equal ones from left to right.
    struct Merge: Sendable {
        var pair: UInt64
        var rank: UInt32
        var id: Int32

        /// The rank of no rule.
        static let none = UInt32.max

        init(left: Int32, right: Int32, rank: UInt32, id: Int32) {
            self.pair = MergeTable.pack(left, right)
            self.rank = rank
            self.id = id
        }

        /// No rule: its pair is that of two ids that no vocabulary has.
        init() {
            self.init(left: -1, right: -1, rank: Self.none, id: -1)
        }
    }

    private var slots: [Merge]
    private let shift: UInt64
    private let multiplier = UInt64.random(in: 0...UInt64.max) | 1

    /// Makes the table; of rules for the same pair the last one counts, as in Hugging Face's tokenizers.
    init(_ rules: [Merge]) {
        var bits: UInt64 = 4
        while 1 << bits < rules.count * 2 { bits += 1 }
        shift = 64 - bits
        slots = Array(repeating: Merge(), count: 1 << Int(bits))
        for rule in rules { slots[slot(of: rule.pair)] = rule }
    }

    /// The rule for two neighbours; its rank is ``Merge/none`` where there is none.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> Merge { slots[slot(of: Self.pack(left, right))] }

    @inline(__always)
    private func slot(of pair: UInt64) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: (pair &* multiplier) >> shift)
        while slots[slot].pair != pair, slots[slot].rank != Merge.none { slot = (slot + 1) & mask }
        return slot
    }

    fileprivate static func pack(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
