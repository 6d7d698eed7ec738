/// Adds up weights and their bytes, by how ranks share them; an overflow is remembered and told at the end.
struct WeightTally {
    enum Sharing { case sharded, keyValue, replicated }

    let format: WeightFormat
    private var parameters = 0
    private var bytes: [Sharing: Int] = [:]
    private var overflows = false

    init(format: WeightFormat) { self.format = format }

    /// Adds a projection, quantised where the format and the module's name allow.
    mutating func project(
        _ module: String, from columns: Int, to rows: Int, copies: Int = 1, bias: Bool = false,
        _ sharing: Sharing = .sharded
    ) {
        let elements = product(rows, columns)
        let each =
            format.quantizes(module)
            ? format.byteCount(rows: rows, columns: columns) : product(elements, format.plainBytes)
        if each == nil { overflows = true }
        add(product(elements, copies), product(each ?? 0, copies), sharing)
        if bias { numbers(product(rows, copies), sharing) }
    }

    /// Adds numbers that no format quantises: norms, biases, embeddings.
    mutating func numbers(_ count: Int, _ sharing: Sharing = .replicated) {
        add(count, product(count, format.plainBytes), sharing)
    }

    /// The sums.
    /// - Throws: ``ProfileError/tooLarge(quantity:)``.
    func total() throws(ProfileError) -> (parameters: Int, weights: WeightProfile) {
        let of = { (sharing: Sharing) in bytes[sharing] ?? 0 }
        let (partial, first) = of(.sharded).addingReportingOverflow(of(.keyValue))
        guard !overflows, !first, !partial.addingReportingOverflow(of(.replicated)).overflow else {
            throw .tooLarge(quantity: "the number of weights")
        }
        return (
            parameters,
            WeightProfile(
                shardedBytes: of(.sharded), keyValueBytes: of(.keyValue), replicatedBytes: of(.replicated),
                quantization: format.name)
        )
    }

    private mutating func add(_ count: Int, _ size: Int, _ sharing: Sharing) {
        let (parameterSum, first) = parameters.addingReportingOverflow(count)
        let (byteSum, second) = (bytes[sharing] ?? 0).addingReportingOverflow(size)
        if first || second { overflows = true }
        parameters = parameterSum
        bytes[sharing] = byteSum
    }

    private mutating func product(_ factors: Int...) -> Int {
        var result = 1
        for factor in factors {
            let (value, overflow) = result.multipliedReportingOverflow(by: factor)
            if overflow || factor < 0 {
                overflows = true
                return 0
            }
            result = value
        }
        return result
    }
}
