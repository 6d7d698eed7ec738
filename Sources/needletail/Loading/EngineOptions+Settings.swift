import Settings

extension EngineOptions {
    /// Takes what holds after flags, environment, `.env`, config file and defaults were weighed.
    mutating func take(_ settings: EffectiveSettings) {
        maxModelLen = settings.integer(.maxModelLen).map(ContextLength.exactly)
        gpuMemoryUtilization = settings.number(.gpuMemoryUtilization)
        maxNumSeqs = settings.integer(.maxNumSeqs) ?? maxNumSeqs
        maxNumBatchedTokens = settings.integer(.maxNumBatchedTokens) ?? maxNumBatchedTokens
        kvCacheMemory = settings.integer(.kvCacheMemory).map(ByteSize.init(bytes:))
        kvCacheDtype = settings.text(.kvCacheDtype).flatMap(KVCacheOption.init(rawValue:)) ?? kvCacheDtype
        threads = settings.integer(.threads)
    }
}
