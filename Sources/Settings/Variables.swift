/// The variables in sight: those of the environment, and those of the `.env` file that it does not hide.
struct Variables {
    private let environment: [String: String]
    /// Of each name the last line, where the environment does not have the name.
    private var lines: [String: DotEnv.Entry] = [:]
    /// What there is to say about names.
    private(set) var findings: [Finding] = []
    /// Known names that were mistyped by case alone, and how.
    private var mistyped: [String: String] = [:]

    private static let settingNames = Dictionary(
        Setting.allCases.map { ($0.variable, $0) }, uniquingKeysWith: { first, _ in first })
    private static let knownNames =
        KnownVariable.inventory.map(\.name) + Setting.allCases.map(\.variable) + ["NEEDLETAIL_MODELS"]
    /// Names that nothing else in an environment resembles by chance.
    private static let longNames = knownNames.filter {
        $0.utf8.count >= 8 && $0.utf8.contains(UInt8(ascii: "_"))
    }

    init(environment: [String: String], dotEnv: DotEnv?) {
        self.environment = environment
        if let dotEnv { read(dotEnv) }
        for name in environment.keys.sorted() { tell(name, at: .environment(name)) }
    }

    /// The text of a variable and where it stands; nil where it is not given, or given as "not set".
    func given(_ name: String) -> GivenText? {
        let given: GivenText
        if let text = environment[name] {
            given = GivenText(text, at: .environment(name))
        } else if let entry = lines[name] {
            given = GivenText(entry.value, at: .dotEnv(line: entry.line))
        } else {
            return nil
        }
        if given.text.isEmpty || given.text == KnownVariable.named(name)?.unset { return nil }
        return given
    }

    /// How many devices the user said to use, also where the name is right but for its case.
    var deviceCount: (count: Int, name: String, origin: Origin)? {
        for name in ["NUM_GPUs", mistyped["NUM_GPUs"]].compactMap(\.self) {
            if let given = given(name), let count = Int(given.text), count > 0 {
                return (count, name, given.origin)
            }
        }
        return nil
    }
}

// MARK: - Names

extension Variables {
    private mutating func read(_ file: DotEnv) {
        for problem in file.problems {
            findings.append(
                Finding(.error, .syntax, ".env", at: .dotEnv(line: problem.line), problem.description))
        }
        for entry in file.entries {
            if let first = lines[entry.name] {
                findings.append(
                    Finding(
                        .warning, .duplicate, entry.name.shownAsName, at: .dotEnv(line: entry.line),
                        "\(entry.name.shownAsName) is already set in line \(first.line); the last one counts",
                        fix: "Remove one of them"))
            }
            lines[entry.name] = entry
        }
        for entry in lines.values.sorted(by: { $0.line < $1.line }) {
            let origin = Origin.dotEnv(line: entry.line)
            if let text = environment[entry.name] {
                lines[entry.name] = nil
                guard text != entry.value else { continue }
                findings.append(
                    Finding(
                        .note, .shadowed, entry.name.shownAsName, at: origin,
                        "\(entry.name.shownAsName) stands in the environment with another value, which wins"
                    ))
            } else {
                tell(entry.name, at: origin)
                tellUnexpanded(entry)
            }
        }
    }

    /// Says what is to be said about a name, if anything.
    private mutating func tell(_ name: String, at origin: Origin) {
        if let known = KnownVariable.named(name) {
            if case .withoutEffect(let why) = known.meaning {
                findings.append(
                    Finding(
                        .note, .withoutEffect, name, at: origin, "\(name) has no effect: \(why.uncapitalized)"
                    ))
            }
            return
        }
        guard Self.settingNames[name] == nil, name != "NEEDLETAIL_MODELS" else { return }
        let isOurs = name.hasPrefix("NEEDLETAIL_")
        let inEnvironment = origin.isEnvironment
        let candidates = inEnvironment && !isOurs ? Self.longNames : Self.knownNames
        let near = nearest(to: name, among: candidates, distanceMax: inEnvironment && !isOurs ? 1 : 2)
        if let near {
            if near.uppercased() == name.uppercased() { mistyped[near] = name }
            findings.append(
                Finding(
                    .warning, .nearMiss, name, at: origin, "\(name.shown) is not known and has no effect",
                    fix: "Did you mean \(near)?"))
        } else if isOurs || !inEnvironment {
            findings.append(
                Finding(
                    .warning, .unknown, name.shownAsName, at: origin,
                    "\(name.shownAsName) is not known and has no effect"))
        }
    }

    /// `${NAME}` would be taken literally: harmless in most values, a well-known key in API_KEYS.
    private mutating func tellUnexpanded(_ entry: DotEnv.Entry) {
        let name = entry.name
        var setting = Self.settingNames[name]
        if case .sets(let other) = KnownVariable.named(name)?.meaning { setting = other }
        guard let setting, entry.value.utf8.contains(UInt8(ascii: "$")), entry.value.contains("${") else {
            return
        }
        findings.append(
            Finding(
                .error, .badValue, name, at: .dotEnv(line: entry.line),
                "\(name) holds ${…}, which is not expanded here",
                fix: "Write the value of \(setting.flag) out"))
    }
}

extension String {
    /// A name as it is shown: one that does not look like a variable's may be the rest of a key whose
    /// quotes went wrong.
    fileprivate var shownAsName: String {
        let isName =
            utf8.count <= 64
            && utf8.allSatisfy { byte in
                (65...90).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
            }
        return isName || KnownVariable.named(self) != nil ? self : "a name"
    }

    /// The sentence as it stands behind a colon.
    fileprivate var uncapitalized: String {
        let second = dropFirst().first
        // A name in capitals keeps them.
        guard let first, second?.isUppercase != true, second?.isNumber != true else { return self }
        return first.lowercased() + dropFirst()
    }
}
