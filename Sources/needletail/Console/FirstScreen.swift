import CPUCompute
import Capacity
import Embedding
import ModelFiles
import Server

/// What `serve` shows once it listens: what is served, in how much memory, and how to try it.
struct FirstScreen {
    private let models: LoadedModels
    private let host: String
    private let access: AccessControl
    private let terminal = Terminal.output

    init(_ models: LoadedModels, host: String, access: AccessControl) {
        self.models = models
        self.host = host
        self.access = access
    }

    /// Writes it.
    func show(port: Int) {
        terminal.line()
        terminal.line("  " + terminal.styled("needletail \(Needletail.version)", .bold))
        terminal.line()
        for (title, text) in rows { terminal.line("  \(terminal.styled(Self.padded(title), .dim))\(text)") }
        terminal.line()
        terminal.line("  Listening on " + terminal.styled(url(port), .green))
        terminal.line()
        terminal.line(terminal.styled("  Try it:", .dim))
        for line in request(port) { terminal.line("  " + terminal.styled(line, .cyan)) }
        terminal.line()
    }

    private var rows: [(title: String, text: String)] {
        var shown: [(title: String, text: String)] = []
        for (names, model) in models.generators { shown += rows(of: model, id: names[0]) }
        for (names, model) in models.embedders { shown += rows(of: model, id: names[0]) }
        shown.append(("Access", accessText))
        shown.append(("CPU", "\(models.threadCount) threads · \(CPUCompute.features)"))
        shown.append(("Loaded", "in \(Quantities.decimal(loadTime / .seconds(1), digits: 2)) s"))
        return shown
    }

    private var loadTime: Duration {
        models.generators.reduce(.zero) { $0 + $1.model.loadTime }
            + models.embedders.reduce(.zero) { $0 + $1.model.loadTime }
    }

    private func rows(of loaded: LoadedModel, id: String) -> [(title: String, text: String)] {
        let (checkpoint, plan) = (loaded.checkpoint, loaded.plan)
        let contexts = Double(plan.kvTokens) / Double(plan.servedContext)
        let concurrency = Quantities.decimal(contexts, digits: contexts < 10 ? 1 : 0)
        let lowered =
            plan.servedContext < plan.requestedContext
            ? ", lowered from \(Quantities.count(plan.requestedContext)) to fit the memory "
                + "(--max-model-len, --kv-cache-memory)" : ""
        return [
            (
                "Model",
                "\(id) · family \(checkpoint.config.family.rawValue) · "
                    + "\(Quantities.parameters(checkpoint.parameterCount)) parameters · \(checkpoint.quantizationName)"
            ),
            ("File", loaded.path),
            ("Context", "\(Quantities.count(plan.servedContext)) tokens\(lowered)"),
            (
                "Memory",
                "weights \(Quantities.bytes(loaded.weightBytes)) · KV cache \(Quantities.bytes(plan.kvBytesPerRank)) "
                    + "for \(Quantities.count(plan.kvTokens)) tokens, \(concurrency) full contexts"
            ),
        ]
    }

    private func rows(of loaded: LoadedEmbedder, id: String) -> [(title: String, text: String)] {
        let (checkpoint, memory) = (loaded.checkpoint, loaded.memory)
        let purpose =
            switch checkpoint.head {
            case .embedding: "vectors of \(loaded.embedder.outputSize)"
            case .classification: "scores"
            }
        return [
            (
                "Model",
                "\(id) · family \(checkpoint.familyName) · "
                    + "\(Quantities.parameters(checkpoint.parameterCount)) parameters · "
                    + "\(checkpoint.quantizationName) · \(purpose)"
            ),
            ("File", loaded.path),
            ("Context", "\(Quantities.count(checkpoint.contextLength)) tokens"),
            (
                "Memory",
                "weights \(Quantities.bytes(loaded.weightBytes)) · "
                    + "\(Quantities.bytes(memory.activationBytes)) for batches of "
                    + "\(Quantities.count(memory.batchTokensMax)) tokens"
            ),
        ]
    }

    private var accessText: String {
        let names = access.callerNames
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : "")
        let keys =
            !access.asksForKeys
            ? "no key is asked for"
            : names.isEmpty
                ? "no key opens it yet"
                : "keys of \(names.count) caller\(names.count == 1 ? "" : "s") (\(shown))"
        return keys + (access.isEncrypted ? " · HTTPS" : "")
    }

    private func request(_ port: Int) -> [String] {
        let key = access.asksForKeys ? ["    -H 'Authorization: Bearer YOUR_KEY' \\"] : []
        let (route, body) = example
        return ["curl \(url(port))/v1/\(route) \\"] + key
            + ["    -H 'Content-Type: application/json' \\", "    -d '\(body)'"]
    }

    private var example: (route: String, body: String) {
        guard let (names, loaded) = models.generators.first else {
            let id = models.embedders.first?.names[0] ?? ""
            if case .classification = models.embedders.first?.model.checkpoint.head {
                return (
                    "rerank", #"{"model": "\#(id)", "query": "birds", "documents": ["A swift.", "A stone."]}"#
                )
            }
            return ("embeddings", #"{"model": "\#(id)", "input": "A swift sleeps in flight."}"#)
        }
        let id = names[0]
        return loaded.chatTemplate == nil
            ? ("completions", #"{"model": "\#(id)", "prompt": "Once upon a time", "max_tokens": 64}"#)
            : (
                "chat/completions",
                #"{"model": "\#(id)", "messages": [{"role": "user", "content": "Name three birds."}]}"#
            )
    }

    private func url(_ port: Int) -> String {
        "\(access.isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host):\(port)"
    }

    private static func padded(_ title: String) -> String {
        title + String(repeating: " ", count: max(1, 10 - title.count))
    }
}
