/// What is asked of the planner: a model, devices, and the settings that `serve` takes.
package struct PlanRequest: Sendable, Equatable {
    /// Whose memory is planned.
    package enum Engine: Sendable, Equatable {
        /// Ours: what is planned is what is allocated.
        case needletail
        /// What a vLLM deployment of that version will report, such as (0, 11).
        case vllm(major: Int, minor: Int)
    }

    /// What kind of memory the model is served from.
    package enum DeviceKind: Sendable, Equatable { case cpu, gpu }

    package var profile: ModelProfile
    /// Whether the device is a GPU or this machine's processors.
    package var deviceKind: DeviceKind
    /// What the device is called, for people.
    package var deviceName: String
    /// Bytes of one device's memory, as frameworks see them.
    package var deviceBytes: Int
    /// How many devices there are.
    package var deviceCount: Int
    package var engine: Engine
    /// The share of each device's memory that may be used; nil takes the engine's default.
    package var utilization: Double?
    package var tensorParallelSize: Int
    /// The context length asked for; nil takes the model's own, and for ours what fits.
    package var contextLength: Int?
    /// How numbers are stored in the KV cache.
    package var kvType: KVNumberType
    /// Tokens a block.
    package var blockSize: Int
    /// nil takes the engine's default.
    package var sequencesMax: Int?
    /// nil takes the engine's default.
    package var stepTokensMax: Int?
    /// Bytes for the KV cache of each rank, instead of what the utilisation leaves.
    package var kvCacheBytes: Int?
    /// Whether CUDA graphs are off (vLLM's `--enforce-eager`).
    package var enforcesEager: Bool
    /// Whether vLLM 0.8 to 0.10 runs its old engine: asked for, or the GPU is older than Ampere.
    package var usesLegacyEngine: Bool
    /// What the user called the model (`MODEL_NAME`), where that may contradict the files.
    package var givenModelName: String?
    /// How many devices the user said to use (`NUM_GPUs`), where that may contradict the parallelism.
    package var givenDeviceCount: Int?

    package init(profile: ModelProfile, deviceName: String, deviceBytes: Int, deviceCount: Int = 1) {
        self.profile = profile
        self.deviceName = deviceName
        self.deviceBytes = deviceBytes
        self.deviceCount = deviceCount
        engine = .needletail
        deviceKind = .gpu
        usesLegacyEngine = false
        tensorParallelSize = 1
        kvType = .f16
        blockSize = 16
        enforcesEager = false
    }
}
