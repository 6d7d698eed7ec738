import Capacity

/// Several devices side by side, one row each.
struct PlanComparison {
    /// A column: what it is called, how it stands, and what a plan shows in it.
    private struct Column: Sendable {
        let title: String
        let alignment: Table.Alignment
        /// Columns of higher rank go first where the terminal is narrow.
        let rank: Int
        let cell: @Sendable (CapacityPlan) -> String
    }

    private static let columns = [
        Column(title: "", alignment: .left, rank: 0) { $0.fits ? "✓" : "✗" },
        Column(title: "device", alignment: .left, rank: 0) {
            "\($0.request.deviceCount) × \($0.request.deviceName)"
        },
        Column(title: "memory", alignment: .right, rank: 2) { MemoryBar.gibibytes($0.request.deviceBytes) },
        Column(title: "weights", alignment: .right, rank: 2) { MemoryBar.gibibytes($0.weightBytesPerRank) },
        Column(title: "KV GiB", alignment: .right, rank: 2) { MemoryBar.gibibytes($0.kvBytesPerRank) },
        Column(title: "KV tokens", alignment: .right, rank: 0) { Quantities.count($0.kvTokens) },
        Column(title: "context", alignment: .right, rank: 0) { Quantities.count($0.maxContext) },
        Column(title: "at once", alignment: .right, rank: 1) {
            Quantities.decimal($0.maxConcurrency, digits: $0.maxConcurrency < 10 ? 2 : 0)
        },
        Column(title: "what helps", alignment: .left, rank: 3) { plan in
            plan.remedies.first.map(change) ?? (plan.fits ? "" : "a larger device")
        },
    ]

    /// What a remedy changes, in short: the first of its settings.
    private static func change(_ remedy: Remedy) -> String {
        let settings = remedy.setting.split(separator: " ")
        let values = remedy.value.split(separator: " ")
        guard let setting = settings.first, let value = values.first else { return remedy.value }
        return "\(setting) \(value)" + (settings.count > 1 ? " and \(settings.count - 1) more" : "")
    }

    private let plans: [CapacityPlan]

    /// - Parameter plans: One at least.
    init(_ plans: [CapacityPlan]) {
        self.plans = plans
    }

    /// The heading, and as many columns of the table as the terminal has room for.
    func lines(for terminal: Terminal) -> [String] {
        let width = Terminal.outputWidth
        let profile = plans[0].request.profile
        let asked = Quantities.count(plans[0].requestedContext)
        let heading =
            "\(profile.name) (\(Quantities.parameters(profile.parameterCount)) parameters, "
            + "\(profile.weights.quantization)) with a context of \(asked) tokens: "
            + "\(plans.count { $0.fits }) of \(plans.count) fit"
        var rows = table(rank: 0, terminal)
        for rank in 1...3 {
            let wider = table(rank: rank, terminal)
            guard wider.dropFirst().allSatisfy({ $0.count + 2 <= width }) else { break }
            rows = wider
        }
        let colored = zip(rows.dropFirst(), plans).map { "  " + terminal.styled($0, $1.fits ? .green : .red) }
        return Terminal.wrapped(heading, width: width, first: "", rest: "  ") + ["", "  " + rows[0]] + colored
    }

    private func table(rank: Int, _ terminal: Terminal) -> [String] {
        let shown = Self.columns.filter { $0.rank <= rank }
        var table = Table(shown.map { ($0.title, $0.alignment) })
        for plan in plans { table.append(shown.map { $0.cell(plan) }) }
        return table.lines(for: terminal)
    }
}
