/// Running statements.
extension Interpreter {
    /// What a statement asks the loop around it to do.
    enum Flow {
        case next, breakLoop, continueLoop
    }

    /// Runs statements in the current scope until one leaves the loop.
    func run(_ statements: [Statement]) throws(TemplateError) -> Flow {
        for statement in statements {
            let flow = try run(statement)
            if flow != .next { return flow }
        }
        return .next
    }

    private func run(_ statement: Statement) throws(TemplateError) -> Flow {
        try charge()
        switch statement {
        case .text(let text): try write(text)
        case .output(let expression): try write(value(of: expression))
        case .conditional(let branches, let otherwise):
            return try nested { () throws(TemplateError) in try runBranch(branches, otherwise) }
        case .loop(let loop): return try nested { () throws(TemplateError) in try run(loop) }
        case .set(let target, let expression): try assign(try value(of: expression), to: target)
        case .capture(let target, let filters, let body):
            let (flow, text) = try capturedRun(body)
            guard flow == .next else { return flow }
            try assign(try apply(filters, to: .string(text)), to: target)
        case .filter(let filters, let body):
            let (flow, text) = try capturedRun(body)
            guard flow == .next else { return flow }
            let filtered = try apply(filters, to: .string(text))
            guard let text = filtered.string else {
                throw TemplateError(
                    .type, "expected str instance, \(filtered.typeName) found", at: filters[0].position)
            }
            try write(text)
        case .macro(let name, let definition):
            scope.set(name, to: .object(MacroValue(definition, scope: capturedScope())))
        case .call(let definition, let callee, let arguments, let position):
            try runCall(definition, callee, arguments, position)
        case .with(let assignments, let body): return try runWith(assignments, body)
        case .generation(let body):
            return try nested { () throws(TemplateError) in
                try scoped { () throws(TemplateError) in try run(body) }
            }
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .next
    }

    private func runBranch(
        _ branches: [Statement.Branch], _ otherwise: [Statement]
    ) throws(TemplateError) -> Flow {
        for branch in branches where try value(of: branch.condition).isTrue { return try run(branch.body) }
        return try run(otherwise)
    }

    private func capturedRun(_ body: [Statement]) throws(TemplateError) -> (Flow, String) {
        try nested { () throws(TemplateError) in
            try capturing { () throws(TemplateError) in
                try scoped { () throws(TemplateError) in try run(body) }
            }
        }
    }

    private func runWith(
        _ assignments: [(Target, Expression)], _ body: [Statement]
    ) throws(TemplateError) -> Flow {
        var values: [Value] = []
        for (_, expression) in assignments { values.append(try value(of: expression)) }
        return try nested { () throws(TemplateError) in
            try scoped { () throws(TemplateError) in
                for ((target, _), value) in zip(assignments, values) { try assign(value, to: target) }
                return try run(body)
            }
        }
    }

    private func runCall(
        _ definition: MacroDefinition, _ callee: Expression, _ arguments: CallArguments, _ position: Position
    ) throws(TemplateError) {
        let function = try value(of: callee)
        var values = try self.arguments(arguments)
        values.named.append(("caller", .object(MacroValue(definition, scope: capturedScope()))))
        do {
            try write(try call(function, values))
        } catch {
            throw error.located(at: position)
        }
    }

    /// Writes a value as `{{ value }}` does.
    private func write(_ value: Value) throws(TemplateError) {
        switch value {
        case .string(let text): try write(text)
        case .undefined: break
        default: try write(try text(of: value))
        }
    }

    // MARK: Assignment

    func assign(_ value: Value, to target: Target) throws(TemplateError) {
        switch target {
        case .name(let name):
            try checkDepth(value)
            scope.set(name, to: value)
        case .attribute(let name, let attribute, let position):
            guard case .object(let object) = scope.value(of: name), let namespace = object as? NamespaceValue
            else {
                throw TemplateError(.runtime, "cannot assign attribute on non-namespace object", at: position)
            }
            do {
                try checkDepth(value)
                try namespace.set(attribute, to: value)
            } catch {
                throw error.located(at: position)
            }
        case .tuple(let targets, let position):
            do {
                try unpack(value, to: targets)
            } catch {
                throw error.located(at: position)
            }
        }
    }

    private func unpack(_ value: Value, to targets: [Target]) throws(TemplateError) {
        let elements = try self.elements(
            of: value, action: "cannot unpack non-iterable \(value.typeName) object")
        guard elements.count >= targets.count else {
            throw TemplateError(
                .value, "not enough values to unpack (expected \(targets.count), got \(elements.count))")
        }
        guard elements.count == targets.count else {
            throw TemplateError(.value, "too many values to unpack (expected \(targets.count))")
        }
        for (target, element) in zip(targets, elements) { try assign(element, to: target) }
    }
}
