/// How numbers are stored in the KV cache, as far as it decides their bytes.
package enum KVNumberType: String, Sendable, Hashable, CaseIterable {
    case f16
    case bf16
    /// 8 bits a number; vLLM's E4M3 and E5M2 alike.
    case fp8
    /// GGUF's Q8_0: 8 bits a number, and an f16 scale for each 32 of a vector; its last group may be shorter.
    case q8_0

    /// Bytes of one head's key or value of that many numbers.
    package func vectorBytes(_ width: Int) throws(PlanError) -> Int {
        let subject = "the bytes of a KV vector"
        switch self {
        case .f16, .bf16: return try product(width, 2, of: subject)
        case .fp8: return width
        case .q8_0:
            return try sum(width, try product(quotientRoundedUp(width, 32), 2, of: subject), of: subject)
        }
    }
}
