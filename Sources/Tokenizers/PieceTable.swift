/// Byte strings by number, stored end to end.
struct PieceTable: Sendable {
    private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }

    /// Where an entry lies in ``bytes``.
    func range(of index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(of: index)] }

    mutating func reserve(count: Int, bytes byteCount: Int) {
        ends.reserveCapacity(count)
        bytes.reserveCapacity(byteCount)
    }

    /// Appends an entry.
    mutating func append(_ piece: some Sequence<UInt8>) {
        bytes.append(contentsOf: piece)
        ends.append(bytes.count)
    }
}

/// Finds the id of a byte string: an open-addressing table over a ``PieceTable``.
///
/// Swift's strings would compare by canonical equivalence, and a vocabulary may hold both forms of a
/// character.
struct Vocabulary: Sendable {
    /// The entries in the form that merges see.
    let pieces: PieceTable
    private var slots: [Int32]
    private let mask: Int
    /// Random and odd, so that no file can choose its collisions.
    private let multiplier = UInt64.random(in: 0...UInt64.max) | 1

    /// Indexes the pieces that `isIncluded` admits; of equal ones the first.
    init(_ pieces: PieceTable, isIncluded: (Int) -> Bool) {
        self.pieces = pieces
        var capacity = 16
        while capacity < pieces.count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = [Int32](repeating: -1, count: capacity)
        for index in 0..<pieces.count where isIncluded(index) {
            let range = pieces.range(of: index)
            let slot = slot(of: pieces.bytes, range, hash(pieces.bytes, range))
            if slots[slot] < 0 { slots[slot] = Int32(index) }
        }
    }

    /// The id of the bytes in that range of `text`, or nil where they are no entry.
    func id(of text: [UInt8], _ range: Range<Int>) -> Int32? {
        id(of: text, range, hash: hash(text, range))
    }

    /// The same where the bytes' hash is known.
    func id(of text: [UInt8], _ range: Range<Int>, hash: UInt64) -> Int32? {
        let id = slots[slot(of: text, range, hash)]
        return id < 0 ? nil : id
    }

    /// The hash of no bytes.
    static let emptyHash: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// The hash of bytes and one more behind them.
    func hash(_ hash: UInt64, adding byte: UInt8) -> UInt64 {
        let product = (hash ^ UInt64(byte)) &* multiplier
        return product ^ product >> 32
    }

    /// The id of these bytes, or nil where they are no entry.
    func id(of text: some Sequence<UInt8>) -> Int32? {
        let text = Array(text)
        return id(of: text, 0..<text.count)
    }

    /// The slot that holds these bytes, or the free one where they would go; never more than half are taken.
    private func slot(of text: [UInt8], _ range: Range<Int>, _ hash: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] >= 0, !equals(Int(slots[slot]), text, range) { slot = (slot + 1) & mask }
        return slot
    }

    private func equals(_ index: Int, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        let entry = pieces.range(of: index)
        guard entry.count == range.count else { return false }
        for offset in 0..<entry.count
        where pieces.bytes[entry.lowerBound + offset] != text[range.lowerBound + offset] {
            return false
        }
        return true
    }

    private func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt64 {
        range.reduce(Self.emptyHash) { hash($0, adding: text[$1]) }
    }
}
