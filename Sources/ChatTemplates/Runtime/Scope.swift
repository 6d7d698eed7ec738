/// The variables of a block, on top of those around it.
final class Scope {
    let parent: Scope?
    private var variables: [(id: Int, value: Value)] = []
    /// Whether a macro keeps this scope, which makes a cycle that `Interpreter` breaks in the end.
    var isCaptured = false

    init(_ parent: Scope?) { self.parent = parent }

    func value(of name: Name) -> Value? {
        var scope = self
        while true {
            for variable in scope.variables where variable.id == name.id { return variable.value }
            guard let parent = scope.parent else { return nil }
            scope = parent
        }
    }

    func set(_ name: Name, to value: Value) { set(name.id, to: value) }

    func set(_ id: Int, to value: Value) {
        for index in variables.indices where variables[index].id == id {
            variables[index].value = value
            return
        }
        variables.append((id, value))
    }

    /// Lets go of every value.
    func clear() { variables = [] }
}
