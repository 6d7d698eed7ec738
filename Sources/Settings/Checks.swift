/// What is wrong with settings that are right one by one.
struct Checks {
    let variables: Variables
    let entries: [EffectiveSettings.Entry]

    var findings: [Finding] {
        [engine, prefix, activation, promptName, halfOfTLS].compactMap(\.self) + tasks + devices
            + [stepTokens].compactMap(\.self)
    }

    private func integer(_ setting: Setting) -> Int {
        guard case .integer(let number) = entries.first(where: { $0.setting == setting })?.value else {
            return 0
        }
        return number
    }

    private func refused(
        _ name: String, unless isRight: (String) -> Bool, _ rule: String, fix: String
    ) -> Finding? {
        guard let given = variables.given(name), !isRight(given.text) else { return nil }
        return Finding(
            .error, .badValue, name, at: given.origin, "\(name) \(rule), not \(given.text.shown)", fix: fix)
    }

    private var engine: Finding? {
        refused(
            "ENGINE", unless: { ["default", "vllm"].contains($0.lowercased()) }, "must be default or vllm",
            fix: "Remove ENGINE: there is one engine, which reads GGUF and safetensors")
    }

    private var prefix: Finding? {
        refused(
            "API_PREFIX", unless: { $0 == "/v1" || $0 == "/v1/" }, "must be /v1",
            fix: "Remove API_PREFIX, and let a reverse proxy add another prefix")
    }

    private var activation: Finding? {
        refused(
            "ACTIVATE_INFERENCE", unless: { ["true", "1", "t", "y", "yes"].contains($0.lowercased()) },
            "must be true", fix: "Remove ACTIVATE_INFERENCE: there is nothing to serve without a model")
    }

    private var promptName: Finding? {
        refused(
            "PROMPT_NAME", unless: { PromptNames.known.contains($0.lowercased()) },
            "must be one of " + PromptNames.known.joined(separator: ", "),
            fix: "Leave it empty to use the model's own chat template")
    }

    /// A certificate and its key come together.
    private var halfOfTLS: Finding? {
        let given = [Setting.sslCertfile, .sslKeyfile].filter { setting in
            entries.contains { $0.setting == setting && $0.value != nil }
        }
        guard given.count == 1, let only = given.first,
            let entry = entries.first(where: { $0.setting == only })
        else { return nil }
        let missing = only == .sslCertfile ? Setting.sslKeyfile : .sslCertfile
        return Finding(
            .error, .contradiction, only.rawValue, at: entry.origin,
            "\(only.flag) is given without \(missing.flag)", fix: "Give both, or neither for plain HTTP")
    }

    private var tasks: [Finding] {
        guard let given = variables.given("TASKS") else { return [] }
        let tasks = given.text.split(separator: ",").map { $0.filter { $0 != " " } }
        var findings: [Finding] = []
        for task in tasks where task != "llm" && task != "rag" {
            findings.append(
                Finding(
                    .error, .badValue, "TASKS", at: given.origin,
                    "TASKS must hold llm, or llm and rag, not \(String(task).shown)"))
        }
        let namesEncoder = entries.contains {
            [.embeddingModel, .rerankModel].contains($0.setting) && $0.value != nil
        }
        if tasks.contains("rag"), !namesEncoder {
            findings.append(
                Finding(
                    tasks.contains("llm") ? .warning : .error, .badValue, "TASKS", at: given.origin,
                    "TASKS asks for rag, but neither EMBEDDING_NAME nor RERANK_NAME names a model",
                    fix: "Set one of them, or TASKS=llm"))
        }
        return findings
    }

    private var devices: [Finding] {
        let ranks = integer(.tensorParallelSize)
        var findings: [Finding] = []
        for name in ["NUM_GPUs"] {
            if let given = variables.given(name), Int(given.text).map({ $0 < 1 }) ?? true {
                findings.append(
                    Finding(
                        .error, .badValue, name, at: given.origin,
                        "\(name) must be an integer from 1, not \(given.text.shown)"))
            }
        }
        let listed = variables.given("GPUS").map { given in
            (count: given.text.split(separator: ",").count, name: "GPUS", origin: given.origin)
        }
        for (count, name, origin) in [variables.deviceCount, listed].compactMap(\.self) where count != ranks {
            let idle = count - ranks
            findings.append(
                Finding(
                    .warning, .contradiction, name, at: origin,
                    "\(name) says \(count) device\(count == 1 ? "" : "s"), but TENSOR_PARALLEL_SIZE is \(ranks)"
                        + (idle > 0 ? ": \(idle) would stay idle" : ": \(-idle) would be missing"),
                    fix:
                        "TENSOR_PARALLEL_SIZE is what shares a model among devices: needletail plan says what "
                        + "\(count) give, and serve computes on one rank in this version"))
        }
        return findings
    }

    private var stepTokens: Finding? {
        let tokens = integer(.maxNumBatchedTokens)
        let sequences = integer(.maxNumSeqs)
        guard tokens > 0, tokens < sequences else { return nil }
        let entry = entries.first { $0.setting == .maxNumSeqs }
        return Finding(
            .error, .contradiction, "MAX_NUM_SEQS", at: entry?.origin ?? .byDefault,
            "max-num-batched-tokens (\(tokens)) must be at least max-num-seqs (\(sequences)), "
                + "so that every running sequence gets a token each step",
            fix: "Set max-num-batched-tokens to \(sequences) or more")
    }
}
