package import JSON

extension CapacityPlan {
    /// The plan as programs read it; `docs/plan.md` says what each key means. The keys stay as they are.
    package var json: JSONValue {
        [
            "model": .string(request.profile.name),
            "family": .string(request.profile.family),
            "parameters": .int(request.profile.parameterCount),
            "device": .string(request.deviceName),
            "device_count": .int(request.deviceCount),
            "memory_bytes": .int(request.deviceBytes),
            "utilization": .double(utilization),
            "tensor_parallel_size": .int(request.tensorParallelSize),
            "weights_bytes_per_rank": .int(weightBytesPerRank),
            "activation_bytes_per_rank": .int(activationBytesPerRank),
            "kv_bytes_per_token_per_rank": .int(kvBytesPerTokenPerRank),
            "kv_bytes_per_rank": .int(kvBytesPerRank),
            "block_size": .int(request.blockSize),
            "kv_blocks": .int(kvBlocks),
            "kv_tokens": .int(kvTokens),
            "max_context": .int(maxContext),
            "requested_context": .int(requestedContext),
            "max_concurrency": maxConcurrency.isFinite ? .double(maxConcurrency) : nil,
            "fits": .bool(fits),
            "remedies": .array(remedies.map(\.json)),
            "findings": .array(findings.map { .string($0) }),
            "error_band": .double(errorBand),
        ]
    }
}

extension Remedy {
    /// The remedy as programs read it.
    package var json: JSONValue {
        [
            "setting": .string(setting),
            "value": .string(value),
            "kv_tokens": .int(kvTokens),
            "max_context": .int(maxContext),
            "text": .string(text),
        ]
    }
}
