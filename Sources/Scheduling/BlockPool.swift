/// The blocks of the KV cache, and which of them are free.
///
/// - Every operation is O(1) on flat arrays that are made at start.
/// - A block is either on the free list, once, or allocated.
/// - The block released last is given out first, since its memory is the likeliest to be cached.
package struct BlockPool: Sendable {
    /// How many blocks there are.
    package let blockCount: Int

    /// A stack of the free blocks.
    private var free: [BlockID]
    /// For each block, whether it is on the stack.
    private var isFree: [Bool]

    /// Makes a pool of free blocks.
    package init(blockCount: Int) {
        precondition(blockCount > 0 && blockCount <= Int(Int32.max), "a pool has 1 to 2^31 - 1 blocks")
        self.blockCount = blockCount
        free = (0..<Int32(blockCount)).reversed().map { BlockID(rawValue: $0) }
        isFree = Array(repeating: true, count: blockCount)
    }

    /// How many blocks can be allocated.
    package var freeCount: Int { free.count }

    /// How many blocks are allocated.
    package var usedCount: Int { blockCount - free.count }

    /// Takes a block, or none where all are allocated.
    package mutating func allocate() -> BlockID? {
        guard let block = free.popLast() else { return nil }
        isFree[Int(block.rawValue)] = false
        return block
    }

    /// Gives a block back.
    package mutating func release(_ block: BlockID) {
        precondition(!isFree[Int(block.rawValue)], "block \(block.rawValue) is released twice")
        isFree[Int(block.rawValue)] = true
        free.append(block)
    }

    /// Says what is wrong, or nothing where every block is free once or owned once.
    ///
    /// - Parameter owned: The block tables of all sequences, one after another.
    /// - Complexity: O(blocks).
    package func checkIntegrity(owned: some Sequence<BlockID>) -> String? {
        var isSeen = [Bool](repeating: false, count: blockCount)
        for block in free {
            guard isFree[Int(block.rawValue)] else {
                return "block \(block.rawValue) is free and marked as used"
            }
            guard !isSeen[Int(block.rawValue)] else { return "block \(block.rawValue) is free twice" }
            isSeen[Int(block.rawValue)] = true
        }
        for block in owned {
            guard !isFree[Int(block.rawValue)] else { return "block \(block.rawValue) is owned and free" }
            guard !isSeen[Int(block.rawValue)] else { return "block \(block.rawValue) is owned twice" }
            isSeen[Int(block.rawValue)] = true
        }
        return isSeen.firstIndex(of: false).map { "block \($0) is neither free nor owned" }
    }
}
