import Capacity
import Settings

extension PlanOptions {
    /// Puts the settings into a request: the flags, and for what no flag says a `.env` file in the names of
    /// api-for-open-llm, with what it says of devices and of the model's name.
    func apply(to request: inout PlanRequest, environmentFile settings: EffectiveSettings?) {
        apply(to: &request)
        guard let settings else { return }
        func given(_ setting: Setting) -> Int? {
            settings[setting].origin == .byDefault ? nil : settings.integer(setting)
        }
        request.contextLength = maxModelLen == nil ? given(.maxModelLen) : request.contextLength
        request.tensorParallelSize = tensorParallelSize ?? given(.tensorParallelSize) ?? 1
        request.sequencesMax = maxNumSeqs ?? given(.maxNumSeqs)
        request.stepTokensMax = maxNumBatchedTokens ?? given(.maxNumBatchedTokens)
        request.kvCacheBytes = kvCacheMemory?.bytes ?? given(.kvCacheMemory)
        if gpuMemoryUtilization == nil, settings[.gpuMemoryUtilization].origin != .byDefault {
            request.utilization = settings.number(.gpuMemoryUtilization)
        }
        if kvCacheDtype == .auto, let name = settings.text(.kvCacheDtype),
            let type = KVCacheOption(rawValue: name)
        {
            request.kvType = type.planned(for: request.engine)
        }
        request.givenModelName = settings.modelName?.text
        request.givenDeviceCount = settings.deviceCount
    }
}
