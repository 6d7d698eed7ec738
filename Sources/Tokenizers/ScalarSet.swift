/// A set of Unicode scalars, as a bracket expression or an escape writes it.
struct ScalarSet: Sendable {
    /// A part of a set.
    indirect enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        /// A mask over the positions of ``ScalarCategory``.
        case categories(UInt32)
        /// The same, as Unicode 8 had them.
        case earlyCategories(UInt32)
        case whitespace
        /// Letters, marks, digits and connectors (UTS #18, annex C).
        case word
        case set(ScalarSet)
    }

    private let items: [Item]
    private let isNegated: Bool
    /// The members below U+0080, one bit each.
    private var ascii: (low: UInt64, high: UInt64) = (0, 0)

    init(_ items: [Item], isNegated: Bool = false, ignoringCase: Bool = false) {
        self.items = ignoringCase ? items.flatMap(Self.caseVariants) : items
        self.isNegated = isNegated
        prepare()
    }

    /// Whether the scalar belongs to the set.
    @inline(__always)
    func contains(_ value: UInt32, _ table: ScalarTable) -> Bool {
        if value < 64 { return ascii.low >> UInt64(value) & 1 != 0 }
        if value < 128 { return ascii.high >> UInt64(value - 64) & 1 != 0 }
        return search(value, table[value])
    }

    /// Fills the bits of ASCII members.
    private mutating func prepare() {
        let table = ScalarTable.shared
        for value in UInt32(0)..<64 {
            if search(value, table[value]) { ascii.low |= 1 << UInt64(value) }
            if search(value + 64, table[value + 64]) { ascii.high |= 1 << UInt64(value) }
        }
    }

    private func search(_ value: UInt32, _ scalarClass: ScalarClass) -> Bool {
        for item in items {
            let isMember =
                switch item {
                case .range(let range): range.contains(value)
                case .categories(let mask): mask >> UInt32(scalarClass.category) & 1 != 0
                case .earlyCategories(let mask): mask >> UInt32(scalarClass.earlyCategory(of: value)) & 1 != 0
                case .whitespace: scalarClass.isWhitespace
                case .word: Self.isWord(value, scalarClass)
                case .set(let set): set.search(value, scalarClass)
                }
            if isMember { return !isNegated }
        }
        return isNegated
    }

    private static func isWord(_ value: UInt32, _ scalarClass: ScalarClass) -> Bool {
        scalarClass.isLetter || scalarClass.isMark || scalarClass.category == 8 || scalarClass.category == 11
            || Unicode.Scalar(value)?.properties.isAlphabetic == true
    }

    /// A range of letters together with their simple case variants; ranges over 256 scalars stay as they are.
    private static func caseVariants(of item: Item) -> [Item] {
        guard case .range(let range) = item, range.count <= 256 else { return [item] }
        var variants = [item]
        for value in range {
            guard let scalar = Unicode.Scalar(value) else { continue }
            for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                if let variant = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1 {
                    variants.append(.range(variant.value...variant.value))
                }
            }
            if value | 0x20 == 0x73 { variants.append(.range(0x17F...0x17F)) }  // long s folds to s
            if value | 0x20 == 0x6B { variants.append(.range(0x212A...0x212A)) }  // Kelvin folds to k
        }
        return variants
    }
}
