import ArgumentParser
import CPUCompute
import Compute
import Engine
import Glibc
import Capacity
import JSON
import Logging
import OpenAIAPI
import OutputParsing
import Server
import ServiceLifecycle
import Settings
import Threads
import UnixSignals

/// `needletail serve`: the HTTP server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a model over the OpenAI API.",
        discussion: """
            Routes: /v1/chat/completions, /v1/completions, /v1/responses, /v1/messages, /v1/embeddings, /v1/rerank, \
            /v1/files, /v1/batches, /v1/models and more; all of them at /docs. SIGTERM or Ctrl-C finishes what runs \
            and ends; SIGHUP reads keys and certificate again.

            Settings come from flags, then the environment (NEEDLETAIL_PORT and the like, and the variables of \
            api-for-open-llm: MODEL_PATH, CONTEXT_LEN …), then .env in this folder, then --config.

            Examples:
              needletail serve
              needletail serve qwen.gguf --served-model-name qwen2.5 --api-key secret
              needletail serve qwen.gguf --model minilm --model gpt-4=./other.gguf
              needletail serve qwen.gguf --host 0.0.0.0 --port 80 --max-model-len 8192 --kv-cache-memory 2GiB
            """)

    @Argument(
        help: "A GGUF file, a Hugging Face folder, or a short name; by default the default model, smollm2.")
    var model: String?

    @Option(
        name: [.customLong("model"), .customLong("additional-model")],
        help: ArgumentHelp(
            "A model to serve beside MODEL, or NAME=PATH to name it; may stand several times.",
            valueName: "model"))
    var additionalModel: [String] = []

    @Option(help: "A model for /v1/embeddings, beside MODEL.")
    var embeddingModel: String?

    @Option(help: "A model for /v1/rerank and /v1/score, beside MODEL.")
    var rerankModel: String?

    @Option(help: "The address to listen at; 0.0.0.0 lets other machines in.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at; 0 takes a free one.")
    var port = 8000

    @Option(
        parsing: .upToNextOption,
        help: "Keys that clients must give, as `Authorization: Bearer KEY`; without one everybody may.")
    var apiKey: [String] = []

    @Option(
        parsing: .upToNextOption, help: "Names that requests may give the model; the first one is its id.")
    var servedModelName: [String] = []

    @Option(help: "A Jinja template instead of the model's own.")
    var chatTemplate: String?

    @Option(
        help: ArgumentHelp(
            "Sampling where a request is silent: auto takes what the model's authors recommend, vllm does not.",
            valueName: "auto|vllm"))
    var generationConfig = "auto"

    @Option(
        help: ArgumentHelp(
            "How the model writes calls of tools: auto takes what its chat template shows, none offers no tools.",
            discussion: "Parsers: \(ToolCallFormat.names.map(\.name).joined(separator: ", ")).",
            valueName: "parser"))
    var toolCallParser = "auto"

    @Option(
        help: ArgumentHelp(
            "How the model sets its thoughts apart: auto takes what its chat template shows, none leaves them.",
            discussion: "Parsers: \(ReasoningFormat.names.map(\.name).joined(separator: ", ")).",
            valueName: "parser"))
    var reasoningParser = "auto"

    @OptionGroup(title: "Access") var accessOptions: AccessOptions

    @OptionGroup(title: "Limits") var limitOptions: LimitOptions

    @OptionGroup(title: "Engine") var engineOptions: EngineOptions

    @Option(help: "Ranks that share the model; this version computes on one.")
    var tensorParallelSize = 1

    @Option(help: "A JSON file of settings; flags, environment and .env are stronger.")
    var config: String?

    @Flag(help: "Prints every setting with its value and where it comes from, and ends.")
    var printConfig = false

    @Option(help: "Requests that may wait for a place; further ones get a 429.")
    var maxWaiting = 1024

    @Option(help: "Seconds that running requests get to finish when the server is asked to stop.")
    var shutdownTimeout = 30

    @Option(
        help: "The folder for files, batches and stored responses; by default needletail in your data folder."
    )
    var dataDir: String?

    @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical.")
    var logLevel = LogLevel.info

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port must be 0 to 65535, not \(port)")
        }
        guard maxWaiting >= 0, shutdownTimeout >= 0 else {
            throw ValidationError("--max-waiting and --shutdown-timeout must not be negative")
        }
        guard !apiKey.contains(where: \.isEmpty) else { throw ValidationError("--api-key must not be empty") }
    }

    mutating func run() async throws {
        let settings = try EffectiveSettings(
            arguments: Array(CommandLine.arguments.dropFirst(2)), model: model, configFile: config)
        if printConfig { Terminal.output.line(settings.table) }
        let errors = settings.findings.filter { $0.severity == .error }
        guard errors.isEmpty else {
            throw ValidationError(errors.map(\.description).joined(separator: "\n"))
        }
        guard !printConfig else { return }
        take(settings)
        try await serve(settings)
    }

    /// Takes what holds after flags, environment, `.env`, config file and defaults were weighed.
    private mutating func take(_ settings: EffectiveSettings) {
        model = settings.text(.model)
        additionalModel = settings.list(.additionalModel)
        embeddingModel = settings.text(.embeddingModel)
        rerankModel = settings.text(.rerankModel)
        host = settings.text(.host) ?? host
        port = settings.integer(.port) ?? port
        apiKey = settings.list(.apiKey)
        servedModelName = settings.list(.servedModelName)
        chatTemplate = settings.text(.chatTemplate)
        generationConfig = settings.text(.generationConfig) ?? generationConfig
        toolCallParser = settings.text(.toolCallParser) ?? toolCallParser
        reasoningParser = settings.text(.reasoningParser) ?? reasoningParser
        tensorParallelSize = settings.integer(.tensorParallelSize) ?? tensorParallelSize
        maxWaiting = settings.integer(.maxWaiting) ?? maxWaiting
        shutdownTimeout = settings.integer(.shutdownTimeout) ?? shutdownTimeout
        dataDir = settings.text(.dataDir)
        logLevel = settings.text(.logLevel).flatMap(LogLevel.init(rawValue:)) ?? logLevel
        engineOptions.take(settings)
        accessOptions.take(settings)
        limitOptions.take(settings)
    }

    private func serve(_ settings: EffectiveSettings) async throws {
        guard tensorParallelSize == 1 else {
            throw ValidationError(
                "--tensor-parallel-size \(tensorParallelSize): this version computes on one rank; set 1 "
                    + "(TENSOR_PARALLEL_SIZE=1)")
        }
        try engineOptions.validate()
        let formats = try AnswerFormats(toolCallParser: toolCallParser, reasoningParser: reasoningParser)
        let level = logLevel.level
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "needletail")
        for flag in GivenFlags(Array(CommandLine.arguments.dropFirst(2))).confirmed {
            logger.info("\(flag) asks for what is so anyway")
        }
        let (asked, kept) = (engineOptions.kvCacheDtype, engineOptions.kvCacheDtype.type)
        if kept == .q8_0, asked != .q8_0 {
            logger.info(
                "--kv-cache-dtype \(asked.rawValue) is kept as q8_0: 8-bit integers, a scale for each 32")
        }
        tell(settings.findings, logger)
        // Before the models, which take their time: what is wrong with keys, certificates, names or the address is
        // told at once.
        let access = try accessOptions.control(apiKeys: apiKey, logger: logger)
        let choices = try modelChoices(settings)
        let stopping = StopSignals()
        let server = InferenceServer(
            configuration: configuration(), access: access, logger: logger,
            modelNames: choices.flatMap { $0.names.prefix(1) }
        ) { [self] port in
            logger.debug("Listening at port \(port); loading comes first")
            do {
                let contents = try await OwnThread.run {
                    try load(choices, settings, formats, access: access, logger: logger)
                }
                await stopping.trap()
                return contents
            } catch {
                // Nobody is served yet: the process ends as it does before it listens, and waits for no connection.
                Needletail.exit(withError: error)
            }
        }
        var quietLogger = logger
        quietLogger.logLevel = max(level, .notice)
        let services: [any Service] = access.canReload ? [ReloadOnHangup(access: access), server] : [server]
        try await stopping.run(
            ServiceGroup(
                configuration: ServiceGroupConfiguration(services: services, logger: quietLogger)))
    }

    /// Loads everything that is to be served.
    private func load(
        _ choices: [LoadedModels.Choice], _ settings: EffectiveSettings, _ formats: AnswerFormats,
        access: AccessControl, logger: Logger
    ) throws -> ServerContents {
        let storage = try DataFolder(dataDir).open(logger)
        let models = try LoadedModels(choices, options: engineOptions, waitingMax: maxWaiting, logger: logger)
        if let first = models.generators.first {
            tell(
                PromptNames.findings(
                    modelName: settings.modelName, promptName: settings.promptName,
                    family: first.model.plan.request.profile.family, hasOtherTemplate: chatTemplate != nil),
                logger)
        }
        for name in access.unknownModels(served: models.names) {
            logger.warning("A key opens the model \(name), which is not served")
        }
        let screen = FirstScreen(models, host: host, access: access)
        return ServerContents(
            catalog: models.catalog(recommended: generationConfig == "auto", formats: formats),
            storage: storage, information: information(settings, models)
        ) { port in screen.show(port: port) }
    }

    /// What is to be served; the model of `MODEL` comes first, unless only encoders are wanted.
    private func modelChoices(_ settings: EffectiveSettings) throws -> [LoadedModels.Choice] {
        var choices: [LoadedModels.Choice] = []
        let isAsked = settings[.model].origin != .byDefault
        if isAsked || !settings.servesOnlyEncoders {
            let (location, name) = try ModelLocation.named(model ?? ModelLocation.defaultName)
            choices.append(
                LoadedModels.Choice(
                    location: location, names: servedModelName.isEmpty ? [name] : servedModelName,
                    chatTemplateFile: chatTemplate))
        }
        for other in additionalModel + [embeddingModel, rerankModel].compactMap(\.self) {
            let (location, name) = try ModelLocation.named(other)
            choices.append(LoadedModels.Choice(location: location, names: [name]))
        }
        return choices
    }

    private func tell(_ findings: [Finding], _ logger: Logger) {
        for finding in findings {
            logger.log(level: finding.severity == .warning ? .warning : .info, "\(finding)")
        }
    }

    /// What `/server_info` tells of the command.
    private func information(_ settings: EffectiveSettings, _ models: LoadedModels) -> JSONValue {
        [
            "settings": settings.json["settings"] ?? [],
            "plans": .array(models.generators.map { $0.model.plan.json }),
            "processor": .string(CPUCompute.features),
            "threads": .int(models.threadCount),
        ]
    }

    private func configuration() -> ServerConfiguration {
        var configuration = ServerConfiguration()
        configuration.host = host
        configuration.port = port
        configuration.apiKeys = apiKey
        configuration.version = Needletail.version
        configuration.limits.shutdownSecondsMax = shutdownTimeout
        limitOptions.apply(to: &configuration.limits)
        return configuration
    }
}

/// A level that can be typed.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical

    /// The level as swift-log has it.
    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
