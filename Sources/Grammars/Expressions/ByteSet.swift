/// A set of bytes: 256 bits.
struct ByteSet: Hashable, Sendable {
    private var words: SIMD4<UInt64>

    private init(_ words: SIMD4<UInt64>) { self.words = words }

    /// No byte.
    static let none = ByteSet(SIMD4(repeating: 0))
    /// Every byte.
    static let all = ByteSet(SIMD4(repeating: .max))

    init(_ byte: UInt8) {
        self = .none
        insert(byte)
    }

    init(_ range: ClosedRange<UInt8>) {
        self = .none
        for byte in range { insert(byte) }
    }

    init(_ bytes: some Sequence<UInt8>) {
        self = .none
        for byte in bytes { insert(byte) }
    }

    var isEmpty: Bool { self == .none }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 != 0 }

    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    func union(_ other: ByteSet) -> ByteSet { ByteSet(words | other.words) }

    func intersection(_ other: ByteSet) -> ByteSet { ByteSet(words & other.words) }

    func subtracting(_ other: ByteSet) -> ByteSet { ByteSet(words & ~other.words) }

    func isSubset(of other: ByteSet) -> Bool { subtracting(other).isEmpty }

    var count: Int { (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount } }

    /// Hands out the members in ascending order.
    func forEach(_ body: (UInt8) -> Void) {
        for index in 0..<4 {
            var word = words[index]
            while word != 0 {
                body(UInt8(index << 6 | word.trailingZeroBitCount))
                word &= word - 1
            }
        }
    }

    /// The members in ascending order.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        forEach { bytes.append($0) }
        return bytes
    }
}
