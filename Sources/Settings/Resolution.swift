/// The settling of one setting.
struct Resolution {
    private let setting: Setting
    private(set) var value: SettingValue?
    private(set) var origin = Origin.byDefault
    private(set) var findings: [Finding] = []

    init(_ setting: Setting) {
        self.setting = setting
        value = setting.defaultValue
    }

    /// Takes the strongest value there is. One that is wrong is told, and no weaker one is taken in its
    /// place.
    mutating func settle(flags: [Setting: [String]], variables: Variables, file: ConfigFile?) {
        if let texts = flags[setting] {
            take(texts, of: setting.flag, from: .flag(setting.flag))
            return
        }
        let given = setting.variables.compactMap { name in
            variables.given(name).map { (name: name, given: $0) }
        }
        // Sorting keeps the order of names within the environment, and within the file.
        let ordered =
            given.filter { $0.given.origin.isEnvironment } + given.filter { !$0.given.origin.isEnvironment }
        if let (name, given) = ordered.first {
            take(texts(of: name, given.text), of: name, from: given.origin)
            tellContradictions(of: name, given, with: ordered.dropFirst())
            return
        }
        if let texts = file?.values[setting] {
            take(texts, of: setting.rawValue, from: .configFile)
        }
    }

    /// A variable's text as values: lists are separated by commas, and `MODEL_NAME` may be a path whose
    /// last part counts.
    private func texts(of name: String, _ text: String) -> [String] {
        if name == "MODEL_NAME" { return [text.split(separator: "/").last.map(String.init) ?? text] }
        guard setting.kind == .list, ValueKind.elements(ofArray: text) == nil else { return [text] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            var part = part
            while part.first == " " { part.removeFirst() }
            while part.last == " " { part.removeLast() }
            return String(part)
        }
    }

    private mutating func take(_ texts: [String], of name: String, from origin: Origin) {
        do {
            let taken = try setting.kind.value(of: texts)
            if taken != nil || setting.defaultValue == nil { value = taken }
            self.origin = origin
        } catch {
            findings.append(
                Finding(
                    .error, .badValue, name, at: origin,
                    "\(name) \(setting.isSecret ? "must not hold an empty entry" : error.text)"))
        }
    }

    private mutating func tellContradictions(
        of name: String, _ given: GivenText, with others: ArraySlice<(name: String, given: GivenText)>
    ) {
        for other in others where other.given.text != given.text {
            findings.append(
                Finding(
                    .warning, .contradiction, other.name, at: other.given.origin,
                    "\(other.name) differs from \(name) (\(given.origin)), which sets the same and wins",
                    fix: "Remove one of them"))
        }
    }
}

extension Origin {
    /// Whether this is a variable of the environment.
    var isEnvironment: Bool {
        if case .environment = self { true } else { false }
    }
}
