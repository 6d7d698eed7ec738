/// Sets of scalars by their general category or a property (Unicode, chapter 4), worked out once.
enum ScalarCategories {
    /// `L`, `Lu`, `Letter`, `Alphabetic`, `Han`…; nil for a name that means nothing here.
    static func named(_ name: String) -> ScalarRanges? {
        if let category = longNames[name] { return table[category] ?? union(of: category) }
        if let script = scripts[name] { return script }
        return table[name] ?? union(of: name)
    }

    private static func union(of prefix: String) -> ScalarRanges? {
        if prefix == "Any" { return .all }
        guard prefix.utf8.count == 1 else { return nil }
        let members = table.filter { $0.key.utf8.count == 2 && $0.key.hasPrefix(prefix) }.map(\.value)
        return members.isEmpty ? nil : ScalarRanges(members.flatMap(\.ranges))
    }

    /// Planes beyond these hold no assigned scalars but private use.
    private static let looked: [ClosedRange<UInt32>] = [0...0xD7FF, 0xE000...0x323FF, 0xE0000...0xE01FF]

    private static let table: [String: ScalarRanges] = {
        var found: [String: [ClosedRange<UInt32>]] = [:]
        var assigned: [ClosedRange<UInt32>] = []
        func note(_ name: String, _ value: UInt32) {
            guard let last = found[name]?.popLast() else {
                found[name, default: []].append(value...value)
                return
            }
            if last.upperBound + 1 == value {
                found[name]?.append(last.lowerBound...value)
            } else {
                found[name]?.append(last)
                found[name]?.append(value...value)
            }
        }
        for range in looked {
            var runName = ""
            var runStart = range.lowerBound
            func close(before value: UInt32) {
                if !runName.isEmpty, value > runStart {
                    found[runName, default: []].append(runStart...(value - 1))
                }
            }
            for value in range {
                guard let scalar = Unicode.Scalar(value) else { continue }
                let properties = scalar.properties
                let name = shortName(of: properties.generalCategory)
                if name != runName {
                    close(before: value)
                    (runName, runStart) = (name, value)
                }
                if properties.isAlphabetic { note("Alphabetic", value) }
                if properties.isLowercase { note("Lowercase", value) }
                if properties.isUppercase { note("Uppercase", value) }
                if properties.isWhitespace { note("White_Space", value) }
            }
            close(before: range.upperBound + 1)
        }
        found["Co", default: []] += [0xF0000...0xFFFFD, 0x100000...0x10FFFD]
        let all = found.mapValues { ScalarRanges($0) }
        let known = all.filter { $0.key.utf8.count == 2 && $0.key != "Cn" }.flatMap(\.value.ranges)
        return all.merging(["Cn": ScalarRanges(known).complement]) { $1 }
    }()

    private static func shortName(of category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }

    private static let longNames = [
        "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt",
        "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Nonspacing_Mark": "Mn", "Number": "N",
        "Decimal_Number": "Nd", "digit": "Nd", "Punctuation": "P", "punct": "P", "Symbol": "S",
        "Separator": "Z",
        "Space_Separator": "Zs", "Other": "C", "Control": "Cc", "Alpha": "Alphabetic", "Lower": "Lowercase",
        "Upper": "Uppercase", "space": "White_Space", "Math_Symbol": "Sm", "Currency_Symbol": "Sc",
    ]

    /// The letters of some scripts: their main blocks, without what is not assigned.
    private static let scripts: [String: ScalarRanges] = {
        let blocks: [String: [ClosedRange<UInt32>]] = [
            "Latin": [
                0x41...0x5A, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x24F, 0x1E00...0x1EFF,
            ],
            "Greek": [
                0x370...0x373, 0x376...0x377, 0x37B...0x37D, 0x386...0x386, 0x388...0x3E1, 0x1F00...0x1FFC,
            ],
            "Cyrillic": [0x400...0x481, 0x48A...0x52F], "Hebrew": [0x5D0...0x5EA],
            "Arabic": [0x620...0x63F, 0x641...0x64A, 0x671...0x6D3],
            "Devanagari": [0x904...0x939, 0x958...0x961],
            "Thai": [0xE01...0xE30], "Hiragana": [0x3041...0x3096], "Katakana": [0x30A1...0x30FA],
            "Hangul": [0x1100...0x11FF, 0xAC00...0xD7A3], "Han": [0x3400...0x4DBF, 0x4E00...0x9FFF],
        ]
        // Not by name: that would ask for the scripts.
        let letters = union(of: "L") ?? .none
        return blocks.mapValues { ScalarRanges($0).intersection(letters) }
    }()
}
