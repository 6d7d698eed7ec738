import JSON
import OrderedCollections

/// Kinds of values that schemas tell apart; a number is an integer or has a fraction.
struct ValueKinds: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let null = ValueKinds(rawValue: 1)
    static let boolean = ValueKinds(rawValue: 2)
    static let integer = ValueKinds(rawValue: 4)
    static let fraction = ValueKinds(rawValue: 8)
    static let string = ValueKinds(rawValue: 16)
    static let array = ValueKinds(rawValue: 32)
    static let object = ValueKinds(rawValue: 64)

    static let number: ValueKinds = [.integer, .fraction]
    static let all: ValueKinds = [.null, .boolean, .number, .string, .array, .object]

    /// The kinds of a type's name.
    static func named(_ name: String) -> ValueKinds? {
        switch name {
        case "null": .null
        case "boolean": .boolean
        case "integer": .integer
        case "number": .number
        case "string": .string
        case "array": .array
        case "object": .object
        default: nil
        }
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    init(of value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .bool: .boolean
            case .int: .integer
            case .double: DecimalNumber(value)?.fraction.isEmpty == true ? .integer : .fraction
            case .string: .string
            case .array: .array
            case .object: .object
            }
    }
}

/// A number that values lie on one side of.
struct NumberBound: Hashable, Sendable {
    var relation: ComparisonAutomaton.Relation
    var number: DecimalNumber
    var pointer: String

    /// What lies beyond it.
    var inverted: NumberBound {
        let relation: ComparisonAutomaton.Relation =
            switch relation {
            case .atLeast: .below
            case .above: .atMost
            case .atMost: .above
            case .below: .atLeast
            }
        return NumberBound(relation: relation, number: number, pointer: pointer)
    }
}

/// What a pattern, a format, or another condition wants of a string.
struct TextCondition: Hashable, Sendable {
    /// Texts that meet it for sure.
    var surely: ExpressionID
    /// Texts that may meet it; nil where nobody knows.
    var perhaps: ExpressionID?
}

/// What one schema says of the elements of an array.
struct ArrayRules: Hashable, Sendable {
    var prefix: [SchemaID] = []
    var rest: SchemaID?
    /// For elements that none of ``scope`` speaks of; then these rules say nothing else.
    var unevaluated: SchemaID?
    /// The rules that stand in the schema of ``unevaluated``, and in those that it consists of.
    var scope: [ArrayRules] = []
}

/// What one schema says of the members of an object.
struct ObjectRules: Hashable, Sendable {
    /// Members whose names a pattern matches.
    struct Pattern: Hashable, Sendable {
        /// The name as it is.
        var plain: TextCondition
        /// The name as JSON writes it.
        var json: TextCondition
        var schema: SchemaID
    }

    var properties: OrderedDictionary<String, SchemaID> = [:]
    var patterns: [Pattern] = []
    /// For members that this schema does not speak of otherwise.
    var additional: SchemaID?
    /// For members that none of ``scope`` speaks of; then these rules say nothing else.
    var unevaluated: SchemaID?
    /// The rules that stand in the schema of ``unevaluated``, and in those that it consists of.
    var scope: [ObjectRules] = []
    /// Whether members count as not spoken of all the same, for the rules come of a schema that does not hold.
    var isSilent = false
}

/// Everything that must hold of a value at once, without any choice left.
struct SchemaMeaning: Hashable, Sendable {
    /// `contains` with its counts.
    struct Contained: Hashable, Sendable {
        var schema: SchemaID
        var min: Int
        var max: Int?
        var pointer: String
    }

    var kinds = ValueKinds.all
    var booleans: Set<Bool> = [true, false]
    /// The only values, where they are listed.
    var values: [JSONValue]?

    var bounds: [NumberBound] = []
    var steps: [DecimalNumber] = []
    /// Numbers as texts that may not be.
    var excludedNumbers: [ExpressionID] = []

    var lengthMin = 0
    var lengthMax: Int?
    var texts: [TextCondition] = []
    /// The insides of strings that may not be.
    var excludedTexts: [ExpressionID] = []

    var arrays: [ArrayRules] = []
    var itemsMin = 0
    var itemsMax: Int?
    /// Where `uniqueItems` stands.
    var uniquePointer: String?
    var contained: [Contained] = []

    var objects: [ObjectRules] = []
    var required: OrderedSet<String> = []
    var forbidden: Set<String> = []
    var nameSchemas: [SchemaID] = []
    var membersMin = 0
    var membersMax: Int?
    /// Where `minProperties` stands.
    var membersPointer = ""

    /// Whether no value can have this meaning, as far as that is easily seen.
    var isImpossible: Bool { kinds.isEmpty || values?.isEmpty == true }

    var hasNumberRules: Bool { !bounds.isEmpty || !steps.isEmpty || !excludedNumbers.isEmpty }

    var hasTextRules: Bool {
        lengthMin > 0 || lengthMax != nil || !texts.isEmpty || !excludedTexts.isEmpty
    }

    var hasArrayRules: Bool {
        !arrays.isEmpty || itemsMin > 0 || itemsMax != nil || uniquePointer != nil || !contained.isEmpty
    }

    var hasObjectRules: Bool {
        !objects.isEmpty || !required.isEmpty || !forbidden.isEmpty || !nameSchemas.isEmpty || membersMin > 0
            || membersMax != nil
    }

    /// The listed values, cleared of those of other kinds.
    mutating func limit(to values: [JSONValue]) {
        if let known = self.values {
            let common = Set(values.map(\.normalized))
            self.values = known.filter { common.contains($0.normalized) }
        } else {
            self.values = values
        }
        settleValues()
    }

    mutating func settleValues() {
        guard let values else { return }
        let left = values.filter {
            if case .bool(let bool) = $0, !booleans.contains(bool) { return false }
            return kinds.contains(ValueKinds(of: $0))
        }
        self.values = left
        kinds = left.reduce(into: ValueKinds()) { $0.formUnion(ValueKinds(of: $1)) }
    }

    /// What both want.
    func combined(with other: SchemaMeaning) -> SchemaMeaning {
        var result = self
        result.kinds.formIntersection(other.kinds)
        result.booleans.formIntersection(other.booleans)
        if result.booleans.isEmpty { result.kinds.remove(.boolean) }
        result.bounds += other.bounds
        result.steps += other.steps
        result.excludedNumbers += other.excludedNumbers
        result.lengthMin = max(lengthMin, other.lengthMin)
        result.lengthMax = Self.least(lengthMax, other.lengthMax)
        for condition in other.texts where !texts.contains(condition) { result.texts.append(condition) }
        result.excludedTexts += other.excludedTexts
        for rules in other.arrays where !arrays.contains(rules) { result.arrays.append(rules) }
        result.itemsMin = max(itemsMin, other.itemsMin)
        result.itemsMax = Self.least(itemsMax, other.itemsMax)
        result.uniquePointer = uniquePointer ?? other.uniquePointer
        result.contained += other.contained
        for rules in other.objects where !objects.contains(rules) { result.objects.append(rules) }
        result.required.append(contentsOf: other.required)
        result.forbidden.formUnion(other.forbidden)
        result.nameSchemas += other.nameSchemas
        result.membersMin = max(membersMin, other.membersMin)
        result.membersMax = Self.least(membersMax, other.membersMax)
        if result.membersPointer.isEmpty { result.membersPointer = other.membersPointer }
        if let values = other.values { result.limit(to: values) } else { result.settleValues() }
        return result
    }

    private static func least(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return left ?? right }
        return min(left, right)
    }
}
