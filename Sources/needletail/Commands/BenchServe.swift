import ArgumentParser
import Benchmarking
import Glibc
import JSON

/// `needletail bench serve`: a load for any server that speaks OpenAI's API.
struct BenchServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Throughput and latencies of any OpenAI-compatible server under load.",
        discussion: """
            Streams completions from a server that runs already: needletail, llama-server, vLLM or another. Options, \
            figures and the names in --json are those of `vllm bench serve`. TTFT is the time to the first token, \
            TPOT the time of a token after the first, ITL the gap between two events that bring tokens, E2EL the \
            time of a whole request up to its last token.

            Examples:
              needletail bench serve --base-url http://127.0.0.1:8000
              needletail bench serve --num-prompts 64 --max-concurrency 16 \\
                  --random-input-len 32:512 --random-output-len 64:128 --ignore-eos
              needletail bench serve --dataset-name sharegpt --request-rate 2
              needletail bench serve --endpoint /v1/chat/completions --dataset-name custom --dataset-path prompts.jsonl

            A server that caches prefixes answers the same load faster the second time: give another --seed.
            """)

    @Option(help: ArgumentHelp("Where the server is; http only.", valueName: "url"))
    var baseUrl = "http://127.0.0.1:8000"

    @Option(
        help: ArgumentHelp("The model's name; by default the first that the server lists.", valueName: "name")
    )
    var model: String?

    @Option(
        help: ArgumentHelp(
            "The route: /v1/completions, or one that ends in /chat/completions.", valueName: "path"))
    var endpoint = "/v1/completions"

    @Option(help: ArgumentHelp("The server's key; by default OPENAI_API_KEY.", valueName: "key"))
    var apiKey: String?

    @OptionGroup(title: "Load") var dataset: DatasetOptions

    @Option(
        help: ArgumentHelp(
            "Requests per second, at random times (a Poisson process); inf sends all at once.",
            valueName: "rate"))
    var requestRate = Double.infinity

    @Option(help: ArgumentHelp("The most requests under way.", valueName: "count"))
    var maxConcurrency: Int?

    @Option(help: ArgumentHelp("Requests before the measured ones.", valueName: "count"))
    var numWarmups = 0

    @Option(help: ArgumentHelp("How long to wait for a server that is not ready yet.", valueName: "seconds"))
    var readyCheckTimeoutSec = 0

    @Flag(
        help:
            "Goes on to each output's full length, for servers that know ignore_eos (needletail, vLLM, llama-server)."
    )
    var ignoreEos = false

    @Flag(help: "Sends made-up prompts as words instead of token ids; a chat's are always words.")
    var textPrompts = false

    @Option(help: ArgumentHelp("0 always takes the most likely token.", valueName: "0…2"))
    var temperature = 0.0

    @OptionGroup var percentiles: PercentileOptions

    @Flag(help: "Prints one JSON object, with the names of vllm bench serve.")
    var json = false

    func validate() throws {
        guard requestRate > 0 else { throw ValidationError("--request-rate must be over 0, or inf") }
        guard maxConcurrency.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--max-concurrency must be 1 or more")
        }
        guard numWarmups >= 0 else { throw ValidationError("--num-warmups must be 0 or more") }
        guard (0...86_400).contains(readyCheckTimeoutSec) else {
            throw ValidationError("--ready-check-timeout-sec must be 0 to 86400")
        }
        guard (0...2).contains(temperature) else { throw ValidationError("--temperature must be 0 to 2") }
        guard endpoint.hasSuffix("/completions"), endpoint.hasPrefix("/") else {
            throw ValidationError(
                "--endpoint must be /v1/completions or /v1/chat/completions, not \(endpoint)")
        }
        guard (try? ServerAddress(baseUrl)) != nil || baseUrl.hasPrefix("http") else {
            throw ValidationError("--base-url must be like http://127.0.0.1:8000, not \(baseUrl)")
        }
    }

    func run() async throws {
        let api: CompletionAPI = endpoint.hasSuffix("/chat/completions") ? .chat : .completions
        let client = CompletionClient(
            address: try ServerAddress(baseUrl), api: api, path: endpoint,
            apiKey: apiKey ?? getenv("OPENAI_API_KEY").map { String(cString: $0) })
        let maker: PromptMaker =
            api == .chat || textPrompts ? .words : .ids(PromptMaker.commonIDs)
        let requests = try dataset.requests(maker)
        let options = CompletionAPI.Options(
            model: try await modelName(client), ignoresEndOfSequence: ignoreEos, temperature: temperature)

        try await warmUp(client, maker, options)
        let generator = LoadGenerator(
            rate: requestRate, concurrencyMax: maxConcurrency, seed: dataset.seed)
        let progress = ProgressLine("\(requests.count) requests")
        let (records, duration) = await generator.run(
            requests, progress: { progress.update($0, of: requests.count) },
            send: { await client.send($0, options) })
        progress.finish()
        let summary = LoadSummary(records, duration: duration, percentiles: percentiles.ranks)
        report(summary, options)
        if summary.completed == 0 { throw ExitCode.failure }
    }

    /// The model to ask for; waits for the server where that was asked for.
    private func modelName(_ client: CompletionClient) async throws -> String {
        if let model, readyCheckTimeoutSec == 0 { return model }
        let deadline = ContinuousClock.now + .seconds(readyCheckTimeoutSec)
        while true {
            do {
                let models = try await client.models()
                if let name = model ?? models.first { return name }
                throw ValidationError("\(baseUrl) lists no model; name one with --model")
            } catch let error as LoadError {
                guard ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Sends a few requests like the load's own, and stops where the server does not take them.
    private func warmUp(
        _ client: CompletionClient, _ maker: PromptMaker, _ options: CompletionAPI.Options
    ) async throws {
        guard numWarmups > 0 else { return }
        var load = dataset
        // Other prompts, so that none of the load's own is cached.
        (load.seed, load.numPrompts) = (dataset.seed ^ .max, numWarmups)
        let progress = ProgressLine("Warming up")
        for (index, request) in try load.requests(maker).enumerated() {
            let record = await client.send(request, options)
            if let failure = record.failure { throw LoadError("a warm-up request failed: \(failure)") }
            progress.update(index + 1, of: numWarmups)
        }
        progress.finish()
    }

    private func report(_ summary: LoadSummary, _ options: CompletionAPI.Options) {
        let settings: [(name: String, value: JSONValue)] = [
            ("base_url", .string(baseUrl)), ("endpoint", .string(endpoint)),
            ("model_id", .string(options.model)),
            ("dataset_name", .string(dataset.datasetName.rawValue)),
            ("num_prompts", .int(dataset.numPrompts)),
            ("request_rate", requestRate.isFinite ? .double(requestRate) : "inf"),
            ("max_concurrency", maxConcurrency.map(JSONValue.int) ?? .null),
            ("seed", .int(Int(truncatingIfNeeded: dataset.seed))),
        ]
        let report = LoadReport(summary: summary, settings: settings)
        let terminal = Terminal.output
        if json {
            terminal.line(report.json.serialized(.python))
        } else {
            report.lines(for: terminal).forEach { terminal.line($0) }
        }
    }
}
