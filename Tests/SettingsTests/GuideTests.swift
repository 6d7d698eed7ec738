import Foundation
import Settings
import Testing

@Suite(.serialized) struct GuideTests {
    private static let path = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/settings.md")

    /// What the guide must hold, word for word. `NEEDLETAIL_WRITE_GUIDE=1 swift test --filter GuideTests`
    /// writes it there.
    private static let sections: [(mark: String, table: String)] = [
        (
            "settings",
            table(
                ["setting", "variables, the strongest first", "default", "takes"],
                Setting.allCases.map { setting in
                    let entry = EffectiveSettings()[setting]
                    return [
                        "`\(setting.flag)`", setting.variables.map { "`\($0)`" }.joined(separator: ", "),
                        entry.shownValue, setting.kind.summary,
                    ]
                })
        ),
        (
            "variables",
            table(
                ["variable", "part", "here"],
                KnownVariable.inventory.map { variable in
                    let meaning =
                        switch variable.meaning {
                        case .sets(let setting):
                            "sets `\(setting.flag)`" + (variable.unset.map { "; `\($0)` is not set" } ?? "")
                        case .checked(let how): "checked. " + how
                        case .withoutEffect(let why): "no effect. " + why
                        }
                    return ["`\(variable.name)`", variable.group.rawValue, meaning]
                })
        ),
        (
            "vllm",
            table(
                ["flags", "why not"],
                VLLMFlags.refused.map { group in
                    [group.names.map { "`--\($0)`" }.joined(separator: " "), group.reason]
                })
        ),
        (
            "vllm-confirmed",
            VLLMFlags.confirmed.sorted { $0.key < $1.key }.map { name, values in
                "`--\(name)\(values.isEmpty ? "" : " " + values.joined(separator: "|"))`"
            }.joined(separator: " ")
        ),
        ("vllm-supported", VLLMFlags.supported.map { "`--\($0)`" }.joined(separator: " ")),
        ("prompt-names", PromptNames.known.map { "`\($0)`" }.joined(separator: " ")),
    ]

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }

    @Test("The guide's tables say what the code does", arguments: sections.map(\.mark))
    func guideIsTrue(mark: String) throws {
        let table = try #require(Self.sections.first { $0.mark == mark }?.table)
        var guide = try String(contentsOf: Self.path, encoding: .utf8)
        let start = try #require(guide.range(of: "<!-- \(mark) -->\n"))
        let end = try #require(guide.range(of: "\n<!-- end \(mark) -->"))
        if ProcessInfo.processInfo.environment["NEEDLETAIL_WRITE_GUIDE"] != nil {
            guide.replaceSubrange(start.upperBound..<end.lowerBound, with: table)
            try guide.write(to: Self.path, atomically: true, encoding: .utf8)
        } else {
            #expect(guide[start.upperBound..<end.lowerBound] == table)
        }
    }
}
