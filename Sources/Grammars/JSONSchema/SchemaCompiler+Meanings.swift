import JSON
import OrderedCollections

extension SchemaCompiler {
    /// The meanings of several schemas at once.
    mutating func meanings(
        of schemas: [SchemaID], _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        var result = [SchemaMeaning()]
        for schema in schemas {
            result = try combined(
                result, try meanings(of: schema, &builder), at: document.pointer(of: schema))
        }
        return result
    }

    /// The meanings of one schema: a value must have one of them.
    mutating func meanings(
        of schema: SchemaID, _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        if let known = knownMeanings[schema] { return known }
        let pointer = document.pointer(of: schema)
        guard active.insert(schema).inserted else {
            throw .invalidSchema(pointer: pointer, reason: "it refers to itself with nothing in between")
        }
        guard active.count <= limits.schemaDepthMax else {
            throw .tooComplex("schemas may be nested \(limits.schemaDepthMax) deep at one place")
        }
        defer { active.remove(schema) }
        var result: [SchemaMeaning]
        switch document[schema] {
        case .notAll(let schemas):
            let others = try meanings(of: schemas, &builder)
            result = try separated([SchemaMeaning()], from: others, keyword: "not", at: pointer, &builder)
        case .json(.bool(let isAllowed)): result = isAllowed ? [SchemaMeaning()] : []
        case .json(.object(let members)):
            var reader = SchemaReader(members, at: pointer, limits: limits)
            result = [try reader.read(&document, &builder)].filter { !$0.isImpossible }
            result = try addApplicators(to: result, members, at: pointer, &builder)
        case .json(let value):
            throw .invalidSchema(
                pointer: pointer, reason: "a schema is an object or a boolean, not \(value.kind)")
        }
        knownMeanings[schema] = result
        return result
    }

    /// What references, combinations and conditions add.
    private mutating func addApplicators(
        to meanings: [SchemaMeaning], _ members: OrderedDictionary<String, JSONValue>, at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        var result = meanings
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            guard let value = members[keyword] else { continue }
            guard let reference = value.stringValue else {
                throw .invalidSchema(pointer: pointer, reason: "\(keyword) must be a string")
            }
            if keyword != "$ref", document.isAmbiguous(dynamicReference: reference) {
                throw .unsupportedSchema(
                    pointer: SchemaDocument.pointer(pointer, keyword), keyword: keyword,
                    reason: "more than one schema has this dynamic anchor; use $ref")
            }
            let target = try document.resolve(reference, at: pointer)
            result = try combined(result, try self.meanings(of: target, &builder), at: pointer)
        }
        for part in try children(of: "allOf", members, at: pointer) {
            result = try combined(result, try self.meanings(of: part, &builder), at: pointer)
        }
        if members["anyOf"] != nil {
            var options: [SchemaMeaning] = []
            var known: Set<SchemaMeaning> = []
            for option in try children(of: "anyOf", members, at: pointer) {
                options += try self.meanings(of: option, &builder).filter { known.insert($0).inserted }
            }
            result = try combined(result, options, at: pointer)
        }
        if members["oneOf"] != nil {
            result = try addOneOf(
                to: result, try children(of: "oneOf", members, at: pointer), at: pointer, &builder)
        }
        if let value = members["not"] {
            let other = document.id(of: value, at: SchemaDocument.pointer(pointer, "not"))
            let others = try self.meanings(of: other, &builder)
            result = try separated(result, from: others, keyword: "not", at: pointer, &builder)
        }
        result = try addConditions(to: result, members, at: pointer, &builder)
        result = try addDependencies(to: result, members, at: pointer, &builder)
        addUnevaluated(to: &result, members, at: pointer)
        return result
    }

    /// `unevaluatedItems` and `unevaluatedProperties`: they see what stands in this schema, and nothing around it.
    private mutating func addUnevaluated(
        to meanings: inout [SchemaMeaning], _ members: OrderedDictionary<String, JSONValue>,
        at pointer: String
    ) {
        if let value = members["unevaluatedItems"] {
            let schema = document.id(of: value, at: SchemaDocument.pointer(pointer, "unevaluatedItems"))
            for index in meanings.indices {
                let scope = meanings[index].arrays
                meanings[index].arrays.append(ArrayRules(unevaluated: schema, scope: scope))
            }
        }
        if let value = members["unevaluatedProperties"] {
            let schema = document.id(of: value, at: SchemaDocument.pointer(pointer, "unevaluatedProperties"))
            for index in meanings.indices {
                let scope = meanings[index].objects
                meanings[index].objects.append(ObjectRules(unevaluated: schema, scope: scope))
            }
        }
    }

    private mutating func addOneOf(
        to meanings: [SchemaMeaning], _ options: [SchemaID], at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        var sides: [[SchemaMeaning]] = []
        for option in options {
            sides.append(try combined(meanings, try self.meanings(of: option, &builder), at: pointer))
        }
        var result: [SchemaMeaning] = []
        for (index, side) in sides.enumerated() {
            let others = Array(sides[..<index].joined()) + Array(sides[(index + 1)...].joined())
            result += try separated(side, from: others, keyword: "oneOf", at: pointer, &builder)
        }
        return result
    }

    /// `if`, `then` and `else`.
    private mutating func addConditions(
        to meanings: [SchemaMeaning], _ members: OrderedDictionary<String, JSONValue>, at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        guard let condition = members["if"], members["then"] != nil || members["else"] != nil else {
            return meanings
        }
        func child(_ keyword: String) -> SchemaID? {
            members[keyword].map { document.id(of: $0, at: SchemaDocument.pointer(pointer, keyword)) }
        }
        let test = document.id(of: condition, at: SchemaDocument.pointer(pointer, "if"))
        let yes = try self.meanings(of: [test] + [child("then")].compactMap(\.self), &builder)
        var no = try combined(
            meanings, try self.meanings(of: [child("else")].compactMap(\.self), &builder), at: pointer)
        no = try separated(
            no, from: try self.meanings(of: test, &builder), keyword: "if", at: pointer, &builder)
        return try combined(meanings, yes, at: pointer) + no
    }

    /// `dependentRequired`, `dependentSchemas`, and `dependencies` of older drafts.
    private mutating func addDependencies(
        to meanings: [SchemaMeaning], _ members: OrderedDictionary<String, JSONValue>, at pointer: String,
        _ builder: inout GrammarBuilder
    ) throws(GrammarError) -> [SchemaMeaning] {
        var result = meanings
        for keyword in ["dependentRequired", "dependentSchemas", "dependencies"] {
            for (name, value) in members[keyword]?.members ?? [] {
                let place = SchemaDocument.pointer(SchemaDocument.pointer(pointer, keyword), name)
                var with = SchemaMeaning()
                with.kinds = .object
                with.required = [name]
                var consequences = [with]
                if let names = value.arrayValue {
                    consequences[0].required.append(contentsOf: names.compactMap(\.stringValue))
                } else {
                    let schema = document.id(of: value, at: place)
                    consequences = try combined(
                        consequences, try self.meanings(of: schema, &builder), at: place)
                }
                var without = SchemaMeaning()
                without.forbidden = [name]
                result = try combined(result, [without] + consequences, at: place)
            }
        }
        return result
    }

    private mutating func children(
        of keyword: String, _ members: OrderedDictionary<String, JSONValue>, at pointer: String
    ) throws(GrammarError) -> [SchemaID] {
        guard let value = members[keyword] else { return [] }
        let place = SchemaDocument.pointer(pointer, keyword)
        guard let elements = value.arrayValue, !elements.isEmpty else {
            throw .invalidSchema(
                pointer: place, reason: "\(keyword) must be an array of schemas, and not empty")
        }
        return elements.enumerated().map { document.id(of: $0.element, at: "\(place)/\($0.offset)") }
    }

    /// Counts meanings that were made.
    ///
    /// - Throws: where they are too many.
    mutating func count(meanings: Int, at pointer: String) throws(GrammarError) {
        meaningsCount += meanings
        guard meaningsCount <= limits.meaningsMax else {
            throw .tooComplex(
                "the alternatives at #\(pointer) and before come to more than \(limits.meaningsMax) cases")
        }
    }

    /// Every meaning of one side with every one of the other.
    mutating func combined(
        _ left: [SchemaMeaning], _ right: [SchemaMeaning], at pointer: String
    ) throws(GrammarError) -> [SchemaMeaning] {
        if left == [SchemaMeaning()] { return right }
        if right == [SchemaMeaning()] { return left }
        var result: [SchemaMeaning] = []
        var known: Set<SchemaMeaning> = []
        for first in left {
            try count(meanings: right.count, at: pointer)
            for second in right {
                let both = first.combined(with: second)
                if !both.isImpossible, known.insert(both).inserted { result.append(both) }
            }
            guard result.count <= limits.combinationsMax else {
                throw .tooComplex(
                    "the alternatives at #\(pointer) combine in more than \(limits.combinationsMax) ways")
            }
        }
        return result
    }
}
