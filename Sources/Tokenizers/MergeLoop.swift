/// Applies merge rules to the symbols of one word, lowest rank first, then leftmost (Sennrich et al., 2016).
///
/// The buffers live as long as one text, so that words allocate nothing. Short words look for the lowest rank
/// along an array; long ones keep candidates in a heap over a linked list, O(n log n) for n symbols.
struct MergeLoop {
    /// The word before ``run(_:)``, and what it became afterwards.
    var symbols: [Int32] = []

    /// `rules[i]` joins symbol `i` with the one after it.
    private var rules: [MergeTable.Merge] = []
    private var next: [Int32] = []
    private var previous: [Int32] = []
    private var heap: [UInt64] = []

    private static let shortMax = 40

    /// Merges ``symbols`` until no rule applies.
    mutating func run(_ table: MergeTable) {
        guard symbols.count > 1 else { return }
        rules.removeAll(keepingCapacity: true)
        for index in 1..<symbols.count { rules.append(table.merge(symbols[index - 1], symbols[index])) }
        rules.append(MergeTable.Merge())
        if symbols.count <= Self.shortMax { runShort(table) } else { runLong(table) }
    }

    private mutating func runShort(_ table: MergeTable) {
        var count = symbols.count
        while true {
            var best = 0
            for index in 1..<count where rules[index].rank < rules[best].rank { best = index }
            guard rules[best].rank != MergeTable.Merge.none else { break }
            symbols[best] = rules[best].id
            count -= 1
            for index in best + 1..<max(count, best + 1) { symbols[index] = symbols[index + 1] }
            for index in best..<count { rules[index] = rules[index + 1] }
            if best > 0 { rules[best - 1] = table.merge(symbols[best - 1], symbols[best]) }
            if best + 1 < count { rules[best] = table.merge(symbols[best], symbols[best + 1]) }
        }
        symbols.removeLast(symbols.count - count)
    }

    /// A heap entry is `rank << 32 | position`; it counts while the rule at that position has that rank.
    private mutating func runLong(_ table: MergeTable) {
        let count = symbols.count
        next = (0..<count).map { Int32($0 + 1) }
        previous = (0..<count).map { Int32($0 - 1) }
        heap.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 { push(index) }
        while let entry = pop() {
            let index = Int(entry & 0xFFFF_FFFF)
            guard rules[index].rank == UInt32(entry >> 32) else { continue }
            let removed = Int(next[index])
            symbols[index] = rules[index].id
            symbols[removed] = -1
            rules[removed].rank = MergeTable.Merge.none
            rules[index].rank = MergeTable.Merge.none
            let after = Int(next[removed])
            next[index] = Int32(after)
            if after < count {
                previous[after] = Int32(index)
                rules[index] = table.merge(symbols[index], symbols[after])
                push(index)
            }
            let before = Int(previous[index])
            if before >= 0 {
                rules[before] = table.merge(symbols[before], symbols[index])
                push(before)
            }
        }
        symbols.removeAll { $0 < 0 }
    }

    private mutating func push(_ index: Int) {
        guard rules[index].rank != MergeTable.Merge.none else { return }
        heap.append(UInt64(rules[index].rank) << 32 | UInt64(index))
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2] > heap[child] {
            heap.swapAt((child - 1) / 2, child)
            child = (child - 1) / 2
        }
    }

    private mutating func pop() -> UInt64? {
        guard let last = heap.popLast() else { return nil }
        guard let top = heap.first else { return last }
        heap[0] = last
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < heap[parent] else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return top
    }
}
