/// What a command line of `serve` gives, read before the parser's own defaults hide what was given.
package struct GivenFlags: Sendable {
    /// What is given, as texts. The model, which is no flag, is for the caller to add.
    package private(set) var values: [Setting: [String]] = [:]
    /// A sentence for each option that `serve` does not have.
    package private(set) var refusals: [String] = []
    /// The options of vLLM's that ask for what is so anyway, each with its value.
    package private(set) var confirmed: [String] = []
    /// The arguments without those that are confirmed: what the parser is given.
    package private(set) var remaining: [String] = []

    /// Reads the arguments after `serve`; of a flag given twice the last counts, as in the parser.
    ///
    /// - Parameter otherFlags: Options without their dashes that are no settings, such as `print-config`.
    package init(_ arguments: [String], otherFlags: Set<String> = []) {
        var index = arguments.startIndex
        while index < arguments.endIndex, arguments[index] != "--" {
            let argument = arguments[index]
            let confirmedCount = Self.confirmedCount(arguments[index...])
            if confirmedCount > 0 {
                confirmed.append(arguments[index..<(index + confirmedCount)].joined(separator: " ").shown)
                index += confirmedCount
                continue
            }
            remaining.append(argument)
            index += 1
            guard let option = Option(argument), !otherFlags.contains(option.name) else { continue }
            guard let setting = Setting(flagName: option.name), setting != .model, option.hasTwoDashes else {
                if let refusal = refusal(for: argument) { refusals.append(refusal) }
                continue
            }
            if setting.isRepeated {
                let value = option.value ?? arguments[index...].first
                if let value { values[setting, default: []].append(value) }
                if option.value == nil, let value {
                    remaining.append(value)
                    index += 1
                }
                continue
            }
            if let value = option.value {
                values[setting] = [value]
                continue
            }
            if setting.kind == .flag {
                values[setting] = ["true"]
                continue
            }
            // As the parser does: a list takes what follows up to the next option, anything else takes one
            // argument.
            let following = arguments[index...].prefix { setting.kind == .list ? !$0.hasPrefix("-") : true }
            let taken = setting.kind == .list ? following : following.prefix(1)
            values[setting] = Array(taken)
            remaining += taken
            index += taken.count
        }
        remaining += arguments[index...]
    }

    /// How many arguments, from the first on, are an option that asks for what is so anyway, and its value.
    private static func confirmedCount(_ arguments: ArraySlice<String>) -> Int {
        guard let option = arguments.first.flatMap({ Option($0) }), option.hasTwoDashes,
            let values = VLLMFlags.confirmed[option.name]
        else { return 0 }
        guard !values.isEmpty else { return option.value == nil ? 1 : 0 }
        if let value = option.value { return values.contains(value) ? 1 : 0 }
        return arguments.dropFirst().first.map(values.contains) == true ? 2 : 0
    }
}

/// An argument that is an option: `--name`, `--name=value`, `-x`.
struct Option {
    /// The name without dashes and value.
    let name: String
    let value: String?
    let hasTwoDashes: Bool

    init?(_ argument: String) {
        guard argument.hasPrefix("-"), argument.count > 1, argument != "--", Double(argument) == nil else {
            return nil
        }
        hasTwoDashes = argument.hasPrefix("--")
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0].drop { $0 == "-" })
        value = parts.count > 1 ? String(parts[1]) : nil
    }
}
