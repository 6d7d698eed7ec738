import ArgumentParser
import Capacity
import Compute

/// How `--kv-cache-dtype` names the types of numbers, in our words and in vLLM's.
enum KVCacheOption: String, ExpressibleByArgument, CaseIterable {
    case auto, float16, f16, half, bfloat16, bf16
    case q8_0, int8, fp8
    case fp8E4M3 = "fp8_e4m3"
    case fp8E5M2 = "fp8_e5m2"

    /// The type that our engine keeps: f16 unless another is asked for; 8 bits are ``KVCacheType/q8_0``, which is more
    /// precise than vLLM's fp8 in a sixteenth more memory.
    var type: KVCacheType {
        switch self {
        case .auto, .float16, .f16, .half: .f16
        case .bfloat16, .bf16: .bf16
        case .q8_0, .int8, .fp8, .fp8E4M3, .fp8E5M2: .q8_0
        }
    }

    /// The type that is planned for an engine.
    func planned(for engine: PlanRequest.Engine) -> KVNumberType {
        switch type {
        case .f16: .f16
        case .bf16: .bf16
        case .q8_0: engine == .needletail ? .q8_0 : .fp8
        }
    }
}
