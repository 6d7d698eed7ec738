import Scheduling
import Testing

struct BlockPoolTests {
    @Test func `a pool gives out each block once and then none`() {
        var pool = BlockPool(blockCount: 3)
        let blocks = (0..<3).compactMap { _ in pool.allocate() }
        #expect(Set(blocks.map(\.rawValue)) == [0, 1, 2])
        let none = pool.allocate()
        #expect(none == nil)
        #expect(pool.freeCount == 0 && pool.usedCount == 3)
        #expect(pool.checkIntegrity(owned: blocks) == nil)
    }

    @Test func `the block released last is given out first`() {
        var pool = BlockPool(blockCount: 8)
        let (first, second) = (pool.allocate(), pool.allocate())
        for block in [first, second] { block.map { pool.release($0) } }
        let again = [pool.allocate(), pool.allocate()]
        #expect(again == [second, first])
    }

    @Test func `a leak, a block with two owners and an owned free block are found`() throws {
        var pool = BlockPool(blockCount: 2)
        let allocated = pool.allocate()
        let block = try #require(allocated)
        #expect(pool.checkIntegrity(owned: [BlockID]()) == "block 0 is neither free nor owned")
        #expect(pool.checkIntegrity(owned: [block, block]) == "block 0 is owned twice")
        #expect(pool.checkIntegrity(owned: [block, BlockID(rawValue: 1)]) == "block 1 is owned and free")
    }

    @Test func `releasing a block twice stops the program`() async {
        await #expect(processExitsWith: .failure) {
            var pool = BlockPool(blockCount: 1)
            guard let block = pool.allocate() else { return }
            pool.release(block)
            pool.release(block)
        }
    }
}
