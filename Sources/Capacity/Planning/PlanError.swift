/// Settings or metadata that nothing can be planned from; what merely does not fit is a plan with `fits` false.
package enum PlanError: Error, Sendable, Equatable {
    /// A setting outside its range: its name, what it must be, and the value given.
    case setting(name: String, mustBe: String, value: String)
    /// Metadata outside its range: the field's name, what it must be, and the value found.
    case metadata(field: String, mustBe: String, value: Int)
    /// Heads that cannot be shared evenly among ranks.
    case headsNotDivisible(heads: String, count: Int, ranks: Int)
    /// More ranks than there are devices.
    case tooFewDevices(ranks: Int, devices: Int)
    /// More context than the model was made for.
    case contextBeyondModel(requested: Int, model: Int)
    /// A KV cache of that size does not fit beside the weights; of whole blocks, `available` bytes would.
    case cacheBeyondMemory(requested: Int, available: Int)
    /// A KV cache of that size does not hold one block.
    case cacheTooSmall(requested: Int, least: Int)
    /// A product of metadata and settings that no machine word holds.
    case overflow(of: String)
    /// Nothing among the candidates serves what was asked.
    case nothingServes(concurrency: Int, contextLength: Int)
}

extension PlanError: CustomStringConvertible {
    /// What is wrong, the limit, the value, and what to set.
    package var description: String {
        switch self {
        case .setting(let name, let mustBe, let value): "\(name) must be \(mustBe), and is \(value)"
        case .metadata(let field, let mustBe, let value):
            "the model's \(field) must be \(mustBe), and is \(value)"
        case .headsNotDivisible(let heads, let count, let ranks):
            "\(count) \(heads) heads cannot be shared evenly among \(ranks) ranks; "
                + "set --tensor-parallel-size to a divisor of \(count)"
        case .tooFewDevices(let ranks, let devices):
            "--tensor-parallel-size \(ranks) needs \(ranks) devices, and there "
                + (devices == 1 ? "is 1" : "are \(devices)")
                + "; set --tensor-parallel-size \(max(1, devices)) (TENSOR_PARALLEL_SIZE=\(max(1, devices))) "
                + "or give it more devices"
        case .contextBeyondModel(let requested, let model):
            "--max-model-len \(requested) is more than the \(model) tokens that the model was made for; "
                + "set --max-model-len \(model) or less"
        case .cacheBeyondMemory(let requested, let available):
            available > 0
                ? "a KV cache of \(requested) bytes is more than the \(available) bytes that weights and activations "
                    + "leave; set --kv-cache-memory \(available) or less"
                : "a KV cache of \(requested) bytes does not fit: weights and activations leave nothing; "
                    + "take a smaller model or a device with more memory"
        case .cacheTooSmall(let requested, let least):
            "--kv-cache-memory of \(requested) bytes does not hold one block of tokens; "
                + "set \(least) bytes or more"
        case .overflow(let quantity): "\(quantity) is beyond what can be counted: the metadata is broken"
        case .nothingServes(let concurrency, let contextLength):
            "no candidate serves \(concurrency) sequences of \(contextLength) tokens; "
                + "add devices, or ask for less context or fewer sequences"
        }
    }
}

/// The product of counts and sizes, checked.
func product(_ factors: Int..., of quantity: @autoclosure () -> String) throws(PlanError) -> Int {
    var result = 1
    for factor in factors {
        let (partial, overflows) = result.multipliedReportingOverflow(by: factor)
        if overflows { throw .overflow(of: quantity()) }
        result = partial
    }
    return result
}

/// The sum of sizes, checked.
func sum(_ terms: Int..., of quantity: @autoclosure () -> String) throws(PlanError) -> Int {
    var result = 0
    for term in terms {
        let (partial, overflows) = result.addingReportingOverflow(term)
        if overflows { throw .overflow(of: quantity()) }
        result = partial
    }
    return result
}

/// How many parts of a size cover a length; neither is negative, the size not zero.
func quotientRoundedUp(_ length: Int, _ size: Int) -> Int {
    length == 0 ? 0 : (length - 1) / size + 1
}
