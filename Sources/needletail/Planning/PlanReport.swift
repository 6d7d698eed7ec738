import Capacity

/// One plan for people: the verdict, where the memory goes, what fits, and what to change.
struct PlanReport {
    private let plan: CapacityPlan
    private let question: (concurrency: Int, context: Int?)?

    /// - Parameter question: The inverse question that the plan answers, where one was asked.
    init(_ plan: CapacityPlan, asked question: (concurrency: Int, context: Int?)? = nil) {
        self.plan = plan
        self.question = question
    }

    /// The lines, at most as wide as the terminal.
    func lines(for terminal: Terminal) -> [String] {
        let width = Terminal.outputWidth
        var lines = Terminal.wrapped(verdict, width: width, first: plan.fits ? "✓ " : "✗ ", rest: "  ")
            .map { terminal.styled(terminal.styled($0, .bold), plan.fits ? .green : .red) }
        lines += Terminal.wrapped(subject, width: width, first: "  ", rest: "    ") + [""]
        lines += MemoryBar(MemoryShares(plan)).lines(for: terminal, width: width) + [""]
        for (title, text) in rows {
            let padded = title + String(repeating: " ", count: 13 - title.count)
            var wrapped = Terminal.wrapped(
                text, width: width, first: "  " + padded, rest: String(repeating: " ", count: 15))
            wrapped[0] = "  " + terminal.styled(padded, .dim) + wrapped[0].dropFirst(15)
            lines += wrapped
        }
        if !plan.findings.isEmpty {
            lines += ["", terminal.styled("  What was found", .bold)]
            for finding in plan.findings {
                lines += Terminal.wrapped(finding, width: width, first: "  - ", rest: "    ")
            }
        }
        if !plan.remedies.isEmpty {
            lines += ["", terminal.styled("  What helps, least cost first", .bold)]
            for (index, remedy) in plan.remedies.enumerated() {
                lines += Terminal.wrapped(remedy.text, width: width, first: "  \(index + 1). ", rest: "     ")
            }
        } else if !plan.fits {
            lines += ["", "  No setting makes it fit: a smaller model or a device with more memory does."]
        }
        return lines
    }

    private var verdict: String {
        let asked = Quantities.count(plan.requestedContext)
        let most = Quantities.count(plan.maxContext)
        if let question, plan.fits {
            return
                "The least that serves \(Quantities.count(question.concurrency)) at once with \(asked) tokens each: "
                + devices
        }
        if plan.fits {
            return plan.maxContext < plan.requestedContext
                ? "Fits with a context of \(most) tokens, lowered from \(asked)"
                : "Fits with a context of \(asked) tokens"
        }
        if plan.maxContext == 0 {
            return "Does not fit: no memory is left for the KV cache of a single token"
        }
        return
            "Does not fit: the context is \(asked) tokens, and \(Quantities.count(min(plan.maxContext, plan.kvTokens))) "
            + "are the most that the KV cache holds"
    }

    private var subject: String {
        let profile = plan.request.profile
        return
            "\(profile.name) (\(profile.family), \(Quantities.parameters(profile.parameterCount)) parameters, "
            + "\(profile.weights.quantization)) on \(devices), \(engine)"
    }

    /// The settings that serve what the inverse question asks.
    private var settings: String {
        let request = plan.request
        return "--tensor-parallel-size \(request.tensorParallelSize) --max-model-len \(plan.requestedContext)"
            + (request.sequencesMax.map { " --max-num-seqs \($0)" } ?? "")
    }

    private var isMachine: Bool { plan.request.deviceKind == .cpu }

    private var devices: String {
        isMachine
            ? plan.request.deviceName : "\(plan.request.deviceCount) × \(plan.request.deviceName)"
    }

    private var engine: String {
        switch plan.request.engine {
        case .needletail: "served by Needletail"
        case .vllm(let major, let minor): "as vLLM \(major).\(minor) would report"
        }
    }

    private var rows: [(title: String, text: String)] {
        let request = plan.request
        let share = Quantities.decimal(plan.utilization * 100, digits: 0)
        let ranks = request.tensorParallelSize
        let error =
            plan.errorBand > 0
            ? ", give or take \(Quantities.decimal(plan.errorBand * 100, digits: 0)) %" : ""
        let concurrency = Quantities.decimal(plan.maxConcurrency, digits: plan.maxConcurrency < 10 ? 2 : 0)
        let answer = question == nil ? [] : [(title: "Set", text: settings)]
        return answer + [
            (
                "Memory",
                "\(MemoryBar.gibibytes(request.deviceBytes)) GiB \(isMachine ? "free" : "of each device"), \(share) % of it to be used; "
                    + (ranks == 1 ? "1 rank" : "\(ranks) ranks, of which the fullest is shown")
            ),
            (
                "KV cache",
                "\(Quantities.count(plan.kvTokens)) tokens in \(Quantities.count(plan.kvBlocks)) blocks\(error); "
                    + "\(Quantities.bytes(plan.kvBytesPerTokenPerRank)) a token"
            ),
            ("Context", "\(Quantities.count(plan.maxContext)) tokens at most for one sequence"),
            (
                "Concurrency",
                "\(concurrency) sequences of \(Quantities.count(plan.requestedContext)) tokens at once"
            ),
        ]
    }
}
