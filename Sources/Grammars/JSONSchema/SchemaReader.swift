import JSON
import OrderedCollections

/// Reads the keywords of one schema that demand something of the value itself.
struct SchemaReader {
    private let members: OrderedDictionary<String, JSONValue>
    private let pointer: String
    private let limits: GrammarLimits
    private var meaning = SchemaMeaning()

    init(_ members: OrderedDictionary<String, JSONValue>, at pointer: String, limits: GrammarLimits) {
        self.members = members
        self.pointer = pointer
        self.limits = limits
    }

    mutating func read(
        _ document: inout SchemaDocument, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> SchemaMeaning {
        try readKinds()
        try readNumbers()
        try readTexts(&builder)
        try readArrays(&document)
        try readObjects(&document, &builder)
        try readValues()
        return meaning
    }

    // MARK: Any value

    private mutating func readKinds() throws(GrammarError) {
        if let value = members["type"] {
            var kinds = ValueKinds()
            for name in value.arrayValue ?? [value] {
                guard let kind = name.stringValue.flatMap(ValueKinds.named) else {
                    throw invalid(
                        "type",
                        "type must be null, boolean, integer, number, string, array or object, "
                            + "or a list of these, not \(name.serialized())")
                }
                kinds.formUnion(kind)
            }
            if members["nullable"]?.boolValue == true { kinds.formUnion(.null) }
            meaning.kinds = kinds
        }
    }

    private mutating func readValues() throws(GrammarError) {
        if let value = members["enum"] {
            guard var values = value.arrayValue, !values.isEmpty, values.count <= limits.enumerationMax else {
                throw invalid("enum", "enum must be an array of 1 to \(limits.enumerationMax) values")
            }
            if members["nullable"]?.boolValue == true, members["type"] != nil { values.append(.null) }
            meaning.limit(to: values)
        }
        if let value = members["const"] { meaning.limit(to: [value]) }
    }

    // MARK: Numbers

    private mutating func readNumbers() throws(GrammarError) {
        let keywords: [(String, ComparisonAutomaton.Relation)] = [
            ("minimum", .atLeast), ("exclusiveMinimum", .above), ("maximum", .atMost),
            ("exclusiveMaximum", .below),
        ]
        for (keyword, relation) in keywords {
            guard let value = members[keyword] else { continue }
            // Draft 4: whether the bound beside it is exclusive.
            if keyword.hasPrefix("exclusive"), let isExclusive = value.boolValue {
                let plain = keyword == "exclusiveMinimum" ? "minimum" : "maximum"
                if isExclusive, let number = members[plain].flatMap({ DecimalNumber($0) }) {
                    addBound(relation, number, keyword)
                }
                continue
            }
            guard let number = DecimalNumber(value) else {
                throw invalid(keyword, "\(keyword) must be a number")
            }
            addBound(relation, number, keyword)
        }
        if let value = members["multipleOf"] {
            guard let step = DecimalNumber(value) else {
                throw invalid("multipleOf", "multipleOf must be a number")
            }
            guard !step.isNegative, !step.isZero else {
                throw invalid("multipleOf", "multipleOf must be above 0")
            }
            guard step.scaled != nil else {
                throw .unsupportedSchema(
                    pointer: place("multipleOf"), keyword: "multipleOf", reason: "it has more than 15 digits")
            }
            meaning.steps.append(step)
        }
    }

    private mutating func addBound(
        _ relation: ComparisonAutomaton.Relation, _ number: DecimalNumber, _ keyword: String
    ) {
        meaning.bounds.append(NumberBound(relation: relation, number: number, pointer: place(keyword)))
    }

    // MARK: Strings

    private mutating func readTexts(_ builder: inout GrammarBuilder) throws(GrammarError) {
        meaning.lengthMin = try count("minLength") ?? 0
        meaning.lengthMax = try count("maxLength")
        if let value = members["pattern"] {
            guard let pattern = value.stringValue else {
                throw invalid("pattern", "pattern must be a string")
            }
            meaning.texts.append(try condition(pattern, .json, keyword: "pattern", &builder))
        }
        if let name = members["format"]?.stringValue { try readFormat(name, &builder) }
    }

    private mutating func readFormat(_ name: String, _ builder: inout GrammarBuilder) throws(GrammarError) {
        if let range = StringFormats.integers[name] {
            for (relation, value) in [(.atLeast, range.lowerBound), (.atMost, range.upperBound)]
                as [(ComparisonAutomaton.Relation, Int)]
            {
                if let number = DecimalNumber(.int(value)) { addBound(relation, number, "format") }
            }
            return
        }
        // A format speaks of strings only.
        guard meaning.kinds.contains(.string) else { return }
        // To the specification a format that is not known says nothing.
        guard let pattern = StringFormats.pattern(name) else { return }
        let surely = try builder.pool.pattern(pattern, .json, anywhere: false, limits: limits)
        var perhaps: ExpressionID?
        if let bound = StringFormats.upperBound(name) {
            perhaps = try builder.pool.pattern(bound, .json, anywhere: false, limits: limits)
        }
        meaning.texts.append(TextCondition(surely: surely, perhaps: perhaps))
    }

    private func condition(
        _ pattern: String, _ form: TextForm, keyword: String, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> TextCondition {
        do {
            let surely = try builder.pool.pattern(pattern, form, anywhere: true, limits: limits)
            let perhaps = try builder.pool.pattern(
                pattern, form, anywhere: true, sense: .perhaps, limits: limits)
            return TextCondition(surely: surely, perhaps: perhaps)
        } catch .invalidPattern(let pattern, let offset, let reason) {
            throw .unsupportedSchema(
                pointer: place(keyword), keyword: keyword,
                reason: "\(GrammarError.invalidPattern(pattern, offset: offset, reason: reason))")
        }
    }

    // MARK: Arrays

    private mutating func readArrays(_ document: inout SchemaDocument) throws(GrammarError) {
        meaning.itemsMin = try count("minItems") ?? 0
        meaning.itemsMax = try count("maxItems")
        if members["uniqueItems"]?.boolValue == true { meaning.uniquePointer = place("uniqueItems") }
        var rules = ArrayRules()
        var restKeyword = "items"
        var prefixKeyword = "prefixItems"
        // Before 2020 a list under `items` was what `prefixItems` is.
        if members["prefixItems"] == nil, members["items"]?.arrayValue != nil {
            (prefixKeyword, restKeyword) = ("items", "additionalItems")
        }
        if let value = members[prefixKeyword] {
            guard let elements = value.arrayValue else {
                throw invalid(prefixKeyword, "it must be an array of schemas")
            }
            for (index, element) in elements.enumerated() {
                rules.prefix.append(document.id(of: element, at: "\(place(prefixKeyword))/\(index)"))
            }
        }
        rules.rest = members[restKeyword].map { document.id(of: $0, at: place(restKeyword)) }
        if rules != ArrayRules() { meaning.arrays.append(rules) }
        if let value = members["contains"] {
            meaning.contained.append(
                SchemaMeaning.Contained(
                    schema: document.id(of: value, at: place("contains")), min: try count("minContains") ?? 1,
                    max: try count("maxContains"), pointer: place("contains")))
        }
    }

    // MARK: Objects

    private mutating func readObjects(
        _ document: inout SchemaDocument, _ builder: inout GrammarBuilder
    ) throws(GrammarError) {
        var rules = ObjectRules()
        for (name, value) in try object("properties") {
            rules.properties[name] = document.id(
                of: value, at: SchemaDocument.pointer(place("properties"), name))
        }
        for (pattern, value) in try object("patternProperties") {
            let place = SchemaDocument.pointer(place("patternProperties"), pattern)
            rules.patterns.append(
                ObjectRules.Pattern(
                    plain: try condition(pattern, .plain, keyword: "patternProperties", &builder),
                    json: try condition(pattern, .json, keyword: "patternProperties", &builder),
                    schema: document.id(of: value, at: place)))
        }
        rules.additional = members["additionalProperties"].map {
            document.id(of: $0, at: place("additionalProperties"))
        }
        if rules != ObjectRules() { meaning.objects.append(rules) }
        // In draft 3 and in some people's schemas it is a boolean of the member's own schema.
        if let value = members["required"], value.boolValue == nil {
            guard let names = value.arrayValue, names.allSatisfy({ $0.stringValue != nil }) else {
                throw invalid("required", "required must be an array of names")
            }
            meaning.required.append(contentsOf: names.compactMap(\.stringValue))
        }
        if let value = members["propertyNames"] {
            meaning.nameSchemas.append(document.id(of: value, at: place("propertyNames")))
        }
        meaning.membersMin = try count("minProperties") ?? 0
        meaning.membersMax = try count("maxProperties")
        if members["minProperties"] != nil { meaning.membersPointer = place("minProperties") }
    }

    // MARK: Values of keywords

    private func count(_ keyword: String) throws(GrammarError) -> Int? {
        guard let value = members[keyword] else { return nil }
        guard let count = value.intValue, count >= 0 else {
            throw invalid(keyword, "\(keyword) must be an integer from 0 on, not \(value.serialized())")
        }
        // A most beyond what is counted is held to what is.
        if keyword.hasPrefix("max") { return min(count, limits.repetitionsMax) }
        guard count <= limits.repetitionsMax else {
            throw .unsupportedSchema(
                pointer: place(keyword), keyword: keyword,
                reason: "it may be at most \(limits.repetitionsMax), not \(count)")
        }
        return count
    }

    private func object(_ keyword: String) throws(GrammarError) -> [(name: String, value: JSONValue)] {
        guard let value = members[keyword] else { return [] }
        guard value.objectValue != nil else {
            throw invalid(keyword, "\(keyword) must be an object of schemas")
        }
        return value.members
    }

    private func place(_ keyword: String) -> String { SchemaDocument.pointer(pointer, keyword) }

    private func invalid(_ keyword: String, _ reason: String) -> GrammarError {
        .invalidSchema(pointer: place(keyword), reason: reason)
    }
}
