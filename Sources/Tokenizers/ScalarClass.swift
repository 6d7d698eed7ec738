/// What patterns and normalisers ask of a Unicode scalar: general category, white space, inertness.
struct ScalarClass: Sendable {
    /// Bits 0 to 4: the category's position in ``ScalarCategory``; bit 5: white space; bit 6: may change
    /// under NFC; bit 7: younger than Unicode 8.
    let bits: UInt8

    var category: UInt8 { bits & 31 }
    var isLetter: Bool { category < 5 }
    var isMark: Bool { category &- 5 < 3 }
    var isNumber: Bool { category &- 8 < 3 }
    var isWhitespace: Bool { bits & 32 != 0 }
    /// Whether a text that holds the scalar may differ from its composed form (UAX #15, quick check).
    var mayCompose: Bool { bits & 64 != 0 }

    /// The category that Unicode 8 gave the scalar.
    ///
    /// Where they clean text, take accents off or look for punctuation, the tokenizers of Hugging Face still go by it,
    /// and models were trained on what they made.
    func earlyCategory(of value: UInt32) -> UInt8 {
        if bits & 128 != 0 { return ScalarCategory.unassigned }
        // The three that changed since.
        return switch value {
        case 0x166D, 0x111C9: ScalarCategory.otherPunctuation
        case 0x1734: ScalarCategory.nonspacingMark
        default: category
        }
    }
}

/// Every scalar's class: a table over the basic plane, the standard library's properties above it.
///
/// Tokenizers were trained with Unicode 16 or older; younger scalars count as unassigned, as they do there.
struct ScalarTable: Sendable {
    static let shared = ScalarTable()

    private let basicPlane: [UInt8]

    private init() {
        basicPlane = (0..<0x10000).map { Self.classify(UInt32($0)) }
    }

    subscript(value: UInt32) -> ScalarClass {
        ScalarClass(bits: value < 0x10000 ? basicPlane[Int(value)] : Self.classify(value))
    }

    private static func classify(_ value: UInt32) -> UInt8 {
        guard let scalar = Unicode.Scalar(value) else { return ScalarCategory.unassigned | 128 }
        let properties = scalar.properties
        guard let age = properties.age, age.major <= 16 else { return ScalarCategory.unassigned | 128 }
        var bits = ScalarCategory.index(of: properties.generalCategory)
        if properties.isWhitespace { bits |= 32 }
        if age.major > 8 { bits |= 128 }
        // The normalisers that tokenizers were trained with do not know the compositions of Unicode 16.
        if value >= 0x300, age.major < 16, mayCompose(value, properties, ScalarClass(bits: bits)) {
            bits |= 64
        }
        return bits
    }

    /// A superset of the scalars that fail or may fail the quick check of NFC: those that are never in it,
    /// marks, and the letters that join the letter before them (Hangul vowels and finals).
    private static func mayCompose(
        _ value: UInt32, _ properties: Unicode.Scalar.Properties, _ scalarClass: ScalarClass
    ) -> Bool {
        properties.isFullCompositionExclusion || scalarClass.isMark
            || properties.canonicalCombiningClass != .notReordered
            || (0x1160...0x11FF).contains(value)
    }
}

/// The positions of the general categories in ``ScalarClass`` and in category masks (Unicode, chapter 4.5).
enum ScalarCategory {
    static let unassigned: UInt8 = 29
    static let nonspacingMark: UInt8 = 5
    static let otherPunctuation: UInt8 = 17
    static let names = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
        "Po",
        "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    /// The mask of a category (`Lu`) or a group of them (`L`), or nil where the name means neither.
    static func mask(named name: String) -> UInt32? {
        var mask: UInt32 = 0
        for (index, category) in names.enumerated()
        where category == name || String(category.prefix(1)) == name {
            mask |= 1 << UInt32(index)
        }
        return mask == 0 ? nil : mask
    }

    static func index(of category: Unicode.GeneralCategory) -> UInt8 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        case .unassigned: unassigned
        @unknown default: unassigned
        }
    }
}

extension [UInt8] {
    /// The scalar that starts at that position and how many bytes it takes before the end.
    ///
    /// Text comes from strings, which are valid UTF-8; a sequence cut by `end` reads as one byte of U+FFFD.
    @inline(__always)
    func scalar(at position: Int, to end: Int) -> (value: UInt32, length: Int) {
        let lead = self[position]
        if lead < 0x80 { return (UInt32(lead), 1) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC0, position + length <= end else { return (0xFFFD, 1) }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(self[position + offset] & 0x3F) }
        return (value, length)
    }

    /// Where the scalar before that position starts, not before `start`.
    @inline(__always)
    func scalarStart(before position: Int, from start: Int) -> Int {
        var index = position - 1
        while index > start, self[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// Appends a scalar in UTF-8.
    mutating func append(_ scalar: Unicode.Scalar) {
        append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    }
}
