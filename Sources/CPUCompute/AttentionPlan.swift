import CKernels
import Compute

/// How threads share a step's attention: items of some tokens, heads and splits of the context each.
///
/// The plan only says who computes what: the kernels' results do not depend on it.
struct AttentionPlan {
    /// What threads compute, in any order.
    private(set) var items: [nt_attention_item] = []
    /// Items whose splits are items of their own, merged afterwards.
    private(set) var merges: [nt_attention_item] = []
    /// Splits that wait for merging.
    private(set) var partialCount = 0

    private static let rowsMax = Int(NT_ATTENTION_ROWS_MAX)
    private static let splitTokens = Int(NT_SPLIT_TOKENS)
    private static let noPartial = Int(bitPattern: UInt.max)
    private static let itemsAThread = 4
    /// The fewest rows that an item is cut down to for the sake of balance: they share the reading of a block.
    private static let rowsMin = 32

    /// Plans anew and keeps the storage.
    mutating func make(_ runs: [StepLayout.Run], shape: KVCacheShape, window: Int?, threads: Int) {
        items.removeAll(keepingCapacity: true)
        merges.removeAll(keepingCapacity: true)
        partialCount = 0
        let queries = shape.headCount * runs.reduce(0) { $0 + $1.rowCount }
        // Twice as many items as threads should get, as the first have short contexts.
        var rows = Self.rowsMax
        while rows > Self.rowsMin, queries < 2 * rows * threads * Self.itemsAThread { rows /= 2 }
        for run in runs { appendItems(of: run, shape: shape, window: window, rowsMax: rows) }
        split(threads: threads)
    }

    private mutating func appendItems(
        of run: StepLayout.Run, shape: KVCacheShape, window: Int?, rowsMax: Int
    ) {
        let group = shape.headCount / shape.keyValueHeadCount
        let parts = (group + rowsMax - 1) / rowsMax
        let heads = (group + parts - 1) / parts
        let tokens = rowsMax / heads
        // Late tokens have the longest contexts: they go first, so that no thread ends with a long item.
        for first in stride(from: 0, to: run.rowCount, by: tokens).reversed() {
            let count = min(tokens, run.rowCount - first)
            let position = run.firstPosition + first
            for head in stride(from: 0, to: shape.headCount, by: heads) {
                // The last part of a group may be smaller; a part never reaches into the next group.
                let place = head % group
                items.append(
                    nt_attention_item(
                        row: run.firstRow + first, tokens: count, position: position,
                        block_table: run.firstBlock,
                        first_head: head, head_count: min(heads, group - place),
                        first_split: nt_first_split(position, window ?? Int.max),
                        split_end: (position + count - 1) / Self.splitTokens + 1,
                        first_partial: Self.noPartial))
            }
        }
    }

    /// Cuts up items that are a large part of the work, so that a long context keeps all threads busy.
    private mutating func split(threads: Int) {
        guard threads > 1 else { return }
        let total = items.reduce(0) { $0 + Self.cost($1) }
        for index in items.indices {
            let item = items[index]
            let splits = item.split_end - item.first_split
            guard splits > 1, Self.cost(item) * threads * Self.itemsAThread > total else { continue }
            var whole = item
            whole.first_partial = partialCount
            merges.append(whole)
            for split in 0..<splits {
                var part = whole
                part.first_split += split
                part.split_end = part.first_split + 1
                part.first_partial += split
                if split == 0 { items[index] = part } else { items.append(part) }
            }
            partialCount += splits
        }
    }

    /// Work in arbitrary units: products of queries with keys, and for each key its conversion.
    private static func cost(_ item: nt_attention_item) -> Int {
        let context = item.position + item.tokens - item.first_split * splitTokens
        return context * (item.tokens * item.head_count + 8)
    }
}
