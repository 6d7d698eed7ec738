import ArgumentParser
import Capacity
import JSON
import Settings

/// `needletail plan`: what fits, before anything is loaded.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what fits where, from a model's metadata alone.",
        discussion: """
            Exit status: 0 it fits, 1 it does not, 2 bad input. Of several devices, 0 where one fits at least.

            Examples:
              needletail plan qwen.gguf                                     on this machine
              needletail plan config.json --gpu 4090 --max-model-len 8192   on a device of the table
              needletail plan ./Qwen3-32B --gpu L40Sx2,A100-80GB,H100       side by side
              needletail plan ./Qwen3-32B --memory 44GiB --devices 2 --tensor-parallel-size 2
              needletail plan ./Qwen3-32B --engine vllm --gpu A100          what vLLM will report
              needletail plan ./Qwen3-32B --context 32768 --concurrency 20  the least device that serves 20 people
            """)

    @Argument(help: "A GGUF file, a Hugging Face folder, a bare config.json, or a short name.")
    var model: String

    @Option(
        help: ArgumentHelp(
            "A device, such as 4090 or A100-80GBx2; several, with commas or repeated, are compared.",
            valueName: "name[xN]"))
    var gpu: [String] = []

    @Option(
        help: ArgumentHelp("The memory of each device, such as 44GiB, instead of a name.", valueName: "size"))
    var memory: ByteSize?

    @Option(
        help: ArgumentHelp("How many devices there are; by default as many as ranks.", valueName: "count"))
    var devices: Int?

    @OptionGroup(title: "Engine") var options: PlanOptions

    @Option(
        help: ArgumentHelp(
            "A .env file of api-for-open-llm, for what no flag says: TENSOR_PARALLEL_SIZE, CONTEXT_LEN …",
            valueName: "path"))
    var envFile: String?

    @Option(help: "Whose memory to plan: needletail or vllm.")
    var engine = EngineChoice.needletail

    @Option(help: "The version of vLLM to predict.")
    var vllmVersion = EngineVersion(major: 0, minor: 11)

    @Option(
        help: ArgumentHelp("Asks for the least device that serves this context length …", valueName: "tokens")
    )
    var context: ContextLength?

    @Option(help: ArgumentHelp("… to so many people at once.", valueName: "people"))
    var concurrency: Int?

    @Flag(
        help:
            "Prints one JSON object, or an array of them for several devices; docs/plan.md says what is in it."
    )
    var json = false

    func validate() throws {
        guard gpu.isEmpty || memory == nil else {
            throw ValidationError("--memory is for a device without a name; give --gpu or --memory, not both")
        }
    }

    func run() throws {
        let plans: [CapacityPlan]
        do {
            plans = try makePlans()
        } catch let error as PlanError where error.saysThatItDoesNotFit {
            Terminal.error.line("error: \(error)")
            throw ExitCode(1)
        } catch {
            Terminal.error.line("error: \(error)")
            throw ExitCode(2)
        }
        let terminal = Terminal.output
        if json {
            let values = plans.map(\.json)
            terminal.line((values.count == 1 ? values[0] : .array(values)).serialized(.pretty))
        } else if plans.count == 1 {
            PlanReport(plans[0], asked: question).lines(for: terminal).forEach { terminal.line($0) }
        } else {
            PlanComparison(plans).lines(for: terminal).forEach { terminal.line($0) }
        }
        guard plans.contains(where: \.fits) else { throw ExitCode(1) }
    }

    /// The inverse question, where it was asked.
    private var question: (concurrency: Int, context: Int?)? {
        guard context != nil || concurrency != nil else { return nil }
        return (concurrency ?? 1, context?.tokens)
    }

    private func makePlans() throws -> [CapacityPlan] {
        let devices = try PlannedDevices(gpus: gpu, memory: memory, count: devices)
        let profile = try ModelProfile.load(
            path: ModelLocation(model).path, quantization: options.quantization)
        let environment = try envFile.map { EffectiveSettings(dotEnv: DotEnv(try TextFile.read($0))) }
        if let finding = environment?.findings.first(where: { $0.severity == .error }) {
            throw ValidationError("\(finding)")
        }
        let requests = devices.choices.map { request(profile, on: $0, environment) }
        if let question { return [try leastPlan(like: requests[0], devices, question)] }
        return try requests.map { try plan($0) }
    }

    private func request(
        _ profile: ModelProfile, on device: PlannedDevices.Choice, _ environment: EffectiveSettings?
    ) -> PlanRequest {
        var request = PlanRequest(
            profile: profile, deviceName: device.name, deviceBytes: device.bytes,
            deviceCount: device.count ?? 1)
        request.deviceKind = device.kind
        switch engine {
        case .needletail: request.engine = .needletail
        case .vllm:
            request.engine = .vllm(major: vllmVersion.major, minor: vllmVersion.minor)
            request.usesLegacyEngine = device.isOlderThanAmpere
        }
        options.apply(to: &request, environmentFile: environment)
        request.deviceCount = device.count ?? max(1, request.tensorParallelSize)
        return request
    }

    /// Plans, with the context length that fits where `auto` asks for it.
    private func plan(_ request: PlanRequest) throws -> CapacityPlan {
        let plan = try CapacityPlanner.plan(request)
        guard options.maxModelLen == .automatic, plan.maxContext > 0 else { return plan }
        var fitting = request
        fitting.contextLength = min(plan.maxContext, plan.requestedContext)
        return try CapacityPlanner.plan(fitting)
    }

    private func leastPlan(
        like request: PlanRequest, _ devices: PlannedDevices, _ question: (concurrency: Int, context: Int?)
    ) throws -> CapacityPlan {
        if let bytes = request.kvCacheBytes {
            throw PlanError.setting(
                name: "--kv-cache-memory",
                mustBe: "left out beside --context and --concurrency, which ask for it", value: "\(bytes)")
        }
        var like = request
        like.deviceKind = .gpu
        // Whoever is to be served at once must also get a place in a step.
        like.sequencesMax = like.sequencesMax ?? (question.concurrency > 64 ? question.concurrency : nil)
        return try CapacityPlanner.least(
            serving: question.concurrency,
            contextLength: question.context ?? options.maxModelLen?.tokens ?? request.profile.contextLength,
            like: like, among: devices.candidates)
    }
}

extension PlanError {
    /// Whether the input was right and the memory is what is missing.
    fileprivate var saysThatItDoesNotFit: Bool {
        switch self {
        case .cacheBeyondMemory, .nothingServes: true
        default: false
        }
    }
}
