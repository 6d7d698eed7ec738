import CPUCompute
import Capacity
import ModelFiles
import Server

/// What `serve` shows once it listens: what is served, in how much memory, and how to try it.
struct FirstScreen {
    private let loaded: LoadedModel
    private let modelID: String
    private let host: String
    private let access: AccessControl
    private let terminal = Terminal.output

    init(_ loaded: LoadedModel, modelID: String, host: String, access: AccessControl) {
        self.loaded = loaded
        self.modelID = modelID
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
                "\(modelID) · family \(checkpoint.config.family.rawValue) · "
                    + "\(Quantities.parameters(checkpoint.parameterCount)) parameters · \(checkpoint.quantizationName)"
            ),
            ("File", loaded.path),
            ("Context", "\(Quantities.count(plan.servedContext)) tokens\(lowered)"),
            (
                "Memory",
                "weights \(Quantities.bytes(loaded.weightBytes)) · KV cache \(Quantities.bytes(plan.kvBytesPerRank)) "
                    + "for \(Quantities.count(plan.kvTokens)) tokens, \(concurrency) full contexts"
            ),
            ("Access", accessText),
            ("CPU", "\(loaded.threadCount) threads · \(CPUCompute.features)"),
            ("Loaded", "in \(Quantities.decimal(loaded.loadTime / .seconds(1), digits: 2)) s"),
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
        let route = loaded.chatTemplate == nil ? "completions" : "chat/completions"
        let body =
            loaded.chatTemplate == nil
            ? #"{"model": "\#(modelID)", "prompt": "Once upon a time", "max_tokens": 64}"#
            : #"{"model": "\#(modelID)", "messages": [{"role": "user", "content": "Name three birds."}]}"#
        return ["curl \(url(port))/v1/\(route) \\"] + key
            + ["    -H 'Content-Type: application/json' \\", "    -d '\(body)'"]
    }

    private func url(_ port: Int) -> String {
        "\(access.isEncrypted ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host):\(port)"
    }

    private static func padded(_ title: String) -> String {
        title + String(repeating: " ", count: max(1, 10 - title.count))
    }
}
