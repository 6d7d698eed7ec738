package import JSON

/// Settings in a JSON object: members are flags without their dashes, values texts, numbers, or arrays of
/// them.
package struct ConfigFile: Sendable {
    /// What is given, as texts.
    package private(set) var values: [Setting: [String]] = [:]
    /// Members that are no settings, or hold what no setting can.
    package private(set) var findings: [Finding] = []

    package init(_ object: JSONValue) {
        guard object.objectValue != nil else {
            findings.append(
                Finding(
                    .error, .syntax, "config file", at: .configFile, "must be an object, not \(object.kind)"))
            return
        }
        for (name, value) in object.members {
            let flag = String(name.map { $0 == "_" ? "-" : $0 })
            guard let setting = flag == "model" ? .model : Setting(flagName: flag) else {
                let near = nearest(to: name, among: Setting.allCases.map(\.rawValue), distanceMax: 2)
                findings.append(
                    Finding(
                        .error, near == nil ? .unknown : .nearMiss, name, at: .configFile,
                        "\(name.shown) is no setting", fix: near.map { "Did you mean \($0)?" }))
                continue
            }
            guard let texts = texts(of: value, setting) else {
                findings.append(
                    Finding(
                        .error, .badValue, name, at: .configFile,
                        "\(name.shown) must be \(setting.kind.summary), not \(value.kind)"))
                continue
            }
            values[setting] = texts
        }
    }

    private func texts(of value: JSONValue, _ setting: Setting) -> [String]? {
        switch value {
        case .string(let text): return [text]
        case .bool(let isOn): return setting.kind == .flag ? [isOn ? "true" : "false"] : nil
        case .int(let number): return [String(number)]
        case .double(let number): return [String(number)]
        case .array(let elements):
            let texts = elements.compactMap(\.stringValue)
            return texts.count == elements.count ? texts : nil
        default: return nil
        }
    }
}
