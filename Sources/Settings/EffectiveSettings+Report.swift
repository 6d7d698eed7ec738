package import JSON

extension EffectiveSettings.Entry {
    /// The value for people; of a secret only what tells it from another.
    package var shownValue: String {
        switch value {
        case nil: setting.absence
        case .text(let text): setting.isSecret ? text.masked : text.shown
        case .list(let texts):
            texts.map { setting.isSecret ? $0.masked : $0.shown }.joined(separator: ", ")
        case .flag(let isOn): isOn ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .bytes(let bytes): String(bytes)
        }
    }

    /// The value for programs, secrets masked; `null` where there is none.
    private var json: JSONValue {
        switch value {
        case nil: .null
        case .text(let text): .string(setting.isSecret ? text.masked : text)
        case .list(let texts): .array(texts.map { .string(setting.isSecret ? $0.masked : $0) })
        case .flag(let isOn): .bool(isOn)
        case .integer(let number), .bytes(let number): .int(number)
        case .number(let number): .double(number)
        }
    }

    fileprivate var jsonObject: JSONValue {
        ["name": .string(setting.rawValue), "value": json, "source": .string(origin.description)]
    }
}

extension EffectiveSettings {
    /// What `serve --print-config` prints: a line for each setting with its value and source, secrets
    /// masked.
    package var table: String {
        let rows =
            [["setting", "value", "source"]]
            + entries.map { entry in
                [entry.setting.rawValue, entry.shownValue, entry.origin.description]
            }
        let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ") + "  " + row[2]
        }.joined(separator: "\n")
    }

    /// The same for programs, and the findings: `{"settings": [{"name", "value", "source"}], "findings":
    /// [...]}`.
    package var json: JSONValue {
        [
            "settings": .array(entries.map(\.jsonObject)),
            "findings": .array(findings.map(\.jsonObject)),
        ]
    }
}

extension Finding {
    fileprivate var jsonObject: JSONValue {
        [
            "severity": .string(severity.rawValue), "kind": .string(kind.rawValue),
            "subject": .string(subject),
            "source": .string(origin.description), "message": .string(message),
            "fix": fix.map(JSONValue.string) ?? .null,
        ]
    }
}
