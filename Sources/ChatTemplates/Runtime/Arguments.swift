/// The values that a call was given.
struct Arguments {
    var positional: [Value] = []
    var named: [(name: String, value: Value)] = []

    /// The values of these parameters in order, nil where one was not given. The first `required` must be given.
    func bind(_ function: String, _ parameters: [String], required: Int = 0) throws(TemplateError) -> [Value?]
    {
        guard positional.count <= parameters.count else {
            throw TemplateError(
                .type,
                "\(function)() takes at most \(parameters.count) arguments (\(positional.count) given)")
        }
        var values: [Value?] = positional
        values += repeatElement(nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name) else {
                throw TemplateError(.type, "\(function)() got an unexpected keyword argument '\(name)'")
            }
            guard values[index] == nil else {
                throw TemplateError(.type, "\(function)() got multiple values for argument '\(name)'")
            }
            values[index] = value
        }
        for index in 0..<required where values[index] == nil {
            throw TemplateError(.type, "\(function)() missing required argument '\(parameters[index])'")
        }
        return values
    }
}

extension Value? {
    /// The integer that an argument must be, or the fallback where it was not given.
    func integer(_ name: String, default fallback: Int) throws(TemplateError) -> Int {
        guard let self else { return fallback }
        if case .undefined(let undefined) = self { throw undefined.error }
        guard let value = self.integer else {
            throw TemplateError(
                .type, "'\(self.typeName)' object cannot be interpreted as an integer (\(name))")
        }
        return value
    }

    /// The text that an argument must be, or nil where it was not given or is none.
    func text(_ name: String) throws(TemplateError) -> String? {
        guard let self, !self.isNone else { return nil }
        guard let text = self.string else {
            throw TemplateError(.type, "\(name) must be str, not \(self.typeName)")
        }
        return text
    }

    /// Whether the argument was given and is true.
    var isTrue: Bool { self?.isTrue ?? false }
}
