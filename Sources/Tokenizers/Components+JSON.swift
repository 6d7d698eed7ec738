package import JSON

extension Normalizer {
    /// Reads a tokenizer.json's `normalizer`.
    init(member: JSONValue?) throws(TokenizerError) {
        var steps: [Step] = []
        for part in JSONComponent.flatten(member, "normalizers") {
            switch part.type {
            case "NFC": steps.append(.nfc)
            case "NFD": steps.append(.nfd)
            case "Lowercase": steps.append(.lowercase)
            case "StripAccents": steps.append(.withoutMarks)
            case "BertNormalizer":
                let lowercases = part.value["lowercase"]?.boolValue ?? true
                steps.append(
                    .bert(
                        BertText(
                            cleansText: part.value["clean_text"]?.boolValue ?? true,
                            separatesChinese: part.value["handle_chinese_chars"]?.boolValue ?? true,
                            stripsAccents: part.value["strip_accents"]?.boolValue ?? lowercases,
                            lowercases: lowercases)))
            case "Precompiled":
                guard let table = part.value["precompiled_charsmap"]?.stringValue else {
                    throw .malformed("normalizer, Precompiled", "a precompiled_charsmap should stand here")
                }
                // Models that were trained without a table carry an empty one.
                if !table.isEmpty { steps.append(.map(try CharacterMap(base64: table))) }
            case "Strip":
                steps.append(
                    .strip(
                        left: part.value["strip_left"]?.boolValue ?? true,
                        right: part.value["strip_right"]?.boolValue ?? true))
            case "Prepend": steps.append(.prepend(Array((part.value["prepend"]?.stringValue ?? "").utf8)))
            case "Replace":
                let content = part.value["content"]?.stringValue ?? ""
                steps.append(.replace(try part.delimiter(), with: Array(content.utf8)))
            default:
                throw part.unknown(
                    "normalizer",
                    known: "NFC, NFD, Lowercase, StripAccents, BertNormalizer, Precompiled, Strip, Prepend, "
                        + "Replace and Sequence")
            }
        }
        self.init(steps: steps)
    }
}

extension PreTokenizer {
    /// Reads a tokenizer.json's `pre_tokenizer`.
    ///
    /// - Throws: ``TokenizerError`` where it asks for what Needletail does not have.
    package init(member: JSONValue?) throws(TokenizerError) {
        var stages: [Stage] = []
        for part in JSONComponent.flatten(member, "pretokenizers") {
            switch part.type {
            case "ByteLevel":
                if part.value["add_prefix_space"]?.boolValue ?? true { stages.append(.prefixSpace) }
                if part.value["use_regex"]?.boolValue ?? true { stages.append(.words(.gpt2)) }
            case "Split": stages.append(try Self.split(part))
            case "Digits":
                let digits = ScalarSet([.categories(0b111 << 8)])
                let isSingle = part.value["individual_digits"]?.boolValue ?? false
                stages.append(
                    .split(isSingle ? .scalar(digits) : .run(digits), isSingle ? .isolated : .contiguous))
            case "Metaspace": stages.append(contentsOf: try Self.metaspace(part))
            case "Whitespace": stages.append(.split(.pattern(try Pattern(#"\w+|[^\w\s]+"#)), .keptMatches))
            case "WhitespaceSplit": stages.append(.split(.scalar(ScalarSet([.whitespace])), .removed))
            case "Punctuation": stages.append(.split(.scalar(Self.punctuation), try part.behavior()))
            case "BertPreTokenizer":
                stages.append(.split(.scalar(ScalarSet([.whitespace])), .removed))
                stages.append(.split(.scalar(Self.punctuation), .isolated))
            default:
                throw part.unknown(
                    "pre_tokenizer",
                    known:
                        "ByteLevel, Split, Digits, Metaspace, Whitespace, WhitespaceSplit, Punctuation, BertPreTokenizer and Sequence"
                )
            }
        }
        self.init(stages: stages)
    }

    /// ASCII's symbols, and every scalar of the categories P.
    private static let punctuation = ScalarSet([
        .set(
            ScalarSet([
                .range(0x21...0x2F), .range(0x3A...0x40), .range(0x5B...0x60), .range(0x7B...0x7E),
            ])), .earlyCategories(0b111_1111 << 11),
    ])

    private static func split(_ part: JSONComponent) throws(TokenizerError) -> Stage {
        let isInverted = part.value["invert"]?.boolValue ?? false
        let behavior = try part.behavior()
        if let expression = part.value["pattern"]?["Regex"]?.stringValue,
            let words = WordPattern(expression: expression)
        {
            // These patterns tile the text, so that a split at the matches and one between them are the same.
            if case .isolated = behavior { return .words(words) }
            if case .removed = behavior, isInverted { return .words(words) }
        }
        switch (behavior, isInverted) {
        case (_, false): return .split(try part.delimiter(), behavior)
        case (.removed, true): return .split(try part.delimiter(), .keptMatches)
        case (.isolated, true): return .split(try part.delimiter(), .isolated)
        default: throw .unsupported("pre_tokenizer, Split", "invert with a behavior that merges")
        }
    }

    private static func metaspace(_ part: JSONComponent) throws(TokenizerError) -> [Stage] {
        let replacement =
            part.value["replacement"]?.stringValue.map { Array($0.utf8) } ?? SentencePieceText.space
        let legacy = part.value["add_prefix_space"]?.boolValue ?? true ? "always" : "never"
        let prefix: MetaspacePrefix
        switch part.value["prepend_scheme"]?.stringValue ?? legacy {
        case "always": prefix = .always
        case "first": prefix = .first
        case "never": prefix = .never
        case let scheme: throw .unsupported("pre_tokenizer, Metaspace", "the prepend_scheme \(scheme)")
        }
        let stage = Stage.metaspace(replacement: replacement, prefix: prefix)
        guard part.value["split"]?.boolValue ?? true else { return [stage] }
        return [stage, .split(.literal(replacement), .mergedWithNext)]
    }
}

/// One normaliser, pre-tokeniser or decoder of a tokenizer.json.
struct JSONComponent {
    let value: JSONValue

    var type: String { value["type"]?.stringValue ?? "(none)" }

    /// The component, or the parts of a sequence of them; sequences in sequences included.
    static func flatten(_ member: JSONValue?, _ partsName: String) -> [JSONComponent] {
        guard let member, !member.isNull else { return [] }
        guard member["type"] == "Sequence" else { return [JSONComponent(value: member)] }
        return (member[partsName]?.arrayValue ?? []).flatMap { flatten($0, partsName) }
    }

    /// The component's `pattern`.
    func delimiter() throws(TokenizerError) -> PreTokenizer.Delimiter {
        let pattern = value["pattern"]
        if let literal = pattern?["String"]?.stringValue { return .literal(Array(literal.utf8)) }
        if let expression = pattern?["Regex"]?.stringValue { return .pattern(try Pattern(expression)) }
        throw .malformed("\(type), pattern", "a String or a Regex should stand here")
    }

    /// The component's `behavior`.
    func behavior() throws(TokenizerError) -> PreTokenizer.SplitBehavior {
        switch value["behavior"]?.stringValue ?? "Isolated" {
        case "Isolated": return .isolated
        case "Removed": return .removed
        case "MergedWithPrevious": return .mergedWithPrevious
        case "MergedWithNext": return .mergedWithNext
        case "Contiguous": return .contiguous
        case let name: throw .unsupported("\(type), behavior", "\(name) is not known")
        }
    }

    func unknown(_ place: String, known: String) -> TokenizerError {
        .unsupported(place, "\(type) is not known; known are \(known)")
    }
}
