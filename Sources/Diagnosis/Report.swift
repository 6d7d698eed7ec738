package import JSON

/// All that `needletail doctor` has to say about a machine.
package struct Report: Sendable {
    package let checks: [Check]

    package init(_ checks: [Check]) {
        self.checks = checks
    }

    package var problemCount: Int { count(.problem) }
    package var warningCount: Int { count(.warning) }

    /// The whole in a sentence: `1 problem and 2 warnings in 21 checks.`
    package var summary: String {
        let counts = [(problemCount, "problem"), (warningCount, "warning")].filter { $0.0 > 0 }
            .map { Figures.count($0.0, $0.1) }
        let verdict = counts.isEmpty ? "Nothing to mend" : counts.joined(separator: " and ")
        return "\(verdict) in \(Figures.count(checks.count, "check"))."
    }

    /// `{"checks": [{"topic", "status", "found", "advice"}], "problems", "warnings"}`; `advice` is null where there is
    /// nothing to do.
    package var json: JSONValue {
        [
            "checks": .array(
                checks.map { check in
                    [
                        "topic": .string(check.topic), "status": .string(check.status.rawValue),
                        "found": .string(check.found), "advice": check.advice.map { .string($0) } ?? .null,
                    ]
                }),
            "problems": .int(problemCount),
            "warnings": .int(warningCount),
        ]
    }

    private func count(_ status: Check.Status) -> Int {
        checks.count { $0.status == status }
    }
}
