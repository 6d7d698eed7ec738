/// What `serve` runs with, each value with where it comes from, and all there is to say about it.
///
/// Flags are stronger than the environment, that than the `.env` file, that than the config file, that than
/// defaults. As with python-dotenv, a name that stands in the environment hides the line of that name in
/// `.env`.
package struct EffectiveSettings: Sendable {
    /// One setting.
    package struct Entry: Sendable, Equatable {
        package let setting: Setting
        /// nil where the setting has no value (``Setting/absence``).
        package let value: SettingValue?
        package let origin: Origin
    }

    /// Every setting, in the order of ``Setting``.
    package let entries: [Entry]
    /// What there is to say, errors first.
    package let findings: [Finding]
    /// `MODEL_NAME`, where given, for ``PromptNames``.
    package let modelName: GivenText?
    /// `PROMPT_NAME`, where given.
    package let promptName: GivenText?
    /// `NUM_GPUs`, where given.
    package let deviceCount: Int?
    /// Whether `TASKS` leaves out the model that generates.
    package let servesOnlyEncoders: Bool

    /// Whether the server must not start.
    package var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// The entry of a setting.
    package subscript(setting: Setting) -> Entry {
        entries.first { $0.setting == setting }
            ?? Entry(setting: setting, value: setting.defaultValue, origin: .byDefault)
    }

    /// The value of a setting that is a text, or nil where it has none.
    package func text(_ setting: Setting) -> String? {
        if case .text(let text) = self[setting].value { text } else { nil }
    }

    /// The value of a setting that is a list; empty where it has none.
    package func list(_ setting: Setting) -> [String] {
        if case .list(let texts) = self[setting].value { texts } else { [] }
    }

    /// Whether a setting that is yes or no is yes.
    package func isOn(_ setting: Setting) -> Bool { self[setting].value == .flag(true) }

    /// The value of a setting that is an integer or a number of bytes, or nil where it has none.
    package func integer(_ setting: Setting) -> Int? {
        switch self[setting].value {
        case .integer(let number), .bytes(let number): number
        default: nil
        }
    }

    /// The value of a setting that is a number, or nil where it has none.
    package func number(_ setting: Setting) -> Double? {
        if case .number(let number) = self[setting].value { number } else { nil }
    }

    /// Settles every setting.
    ///
    /// - Parameters:
    ///   - flags: What the command line gives (``GivenFlags``).
    ///   - environment: The whole environment.
    ///   - dotEnv: The `.env` file, where there is one.
    ///   - file: The config file, where there is one.
    package init(
        flags: [Setting: [String]] = [:], environment: [String: String] = [:], dotEnv: DotEnv? = nil,
        file: ConfigFile? = nil
    ) {
        let variables = Variables(environment: environment, dotEnv: dotEnv)
        var findings = variables.findings + (file?.findings ?? [])
        entries = Setting.allCases.map { setting in
            var resolution = Resolution(setting)
            resolution.settle(flags: flags, variables: variables, file: file)
            findings += resolution.findings
            return Entry(setting: setting, value: resolution.value, origin: resolution.origin)
        }
        modelName = variables.given("MODEL_NAME")
        promptName = variables.given("PROMPT_NAME")
        deviceCount = variables.deviceCount?.count
        servesOnlyEncoders =
            variables.given("TASKS").map { given in
                !given.text.split(separator: ",").contains { $0.filter { $0 != " " } == "llm" }
            } ?? false
        let checks = Checks(variables: variables, entries: entries)
        findings += checks.findings
        self.findings =
            findings.filter { $0.severity == .error } + findings.filter { $0.severity == .warning }
            + findings.filter { $0.severity == .note }
    }
}
