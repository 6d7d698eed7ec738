/// How one device's memory is divided by a plan: what a stacked bar shows.
package struct MemoryShares: Sendable, Equatable {
    /// What a part of the memory is for.
    package enum Use: String, Sendable, CaseIterable {
        case weights = "weights"
        case activations = "activations and runtime"
        case keyValueCache = "KV cache"
        case left = "left over"
    }

    /// Bytes of each use, in the order of ``Use``.
    package let bytes: [Int]
    /// Bytes that are needed beyond what the device has.
    package let missingBytes: Int

    /// The division that a plan makes; weights that exceed the device leave nothing over.
    package init(_ plan: CapacityPlan) {
        let taken = [plan.weightBytesPerRank, plan.activationBytesPerRank, plan.kvBytesPerRank].map {
            max(0, $0)
        }
        let sum = taken.reduce(0) { $0.addingReportingOverflow($1).partialValue }
        let left = plan.request.deviceBytes - sum
        bytes = taken + [max(0, left)]
        missingBytes = max(0, -left)
    }

    /// Bytes of that use.
    package subscript(use: Use) -> Int {
        bytes[Use.allCases.firstIndex(of: use) ?? 0]
    }

    /// The bar's cells, so many of each use: proportional, together `width`, and one at least for whatever there is.
    ///
    /// Largest remainders get the cells that rounding down leaves.
    package func cells(width: Int) -> [Int] {
        let present = bytes.count { $0 > 0 }
        guard width > present, present > 0 else { return bytes.map { _ in 0 } }
        let total = bytes.reduce(0.0) { $0 + Double($1) }
        let exact = bytes.map { Double($0) / total * Double(width - present) }
        var cells = exact.indices.map { (bytes[$0] > 0 ? 1 : 0) + Int(exact[$0]) }
        let order = exact.indices.filter { bytes[$0] > 0 }
            .sorted { exact[$0] - exact[$0].rounded(.down) > exact[$1] - exact[$1].rounded(.down) }
        for index in order.prefix(width - cells.reduce(0, +)) { cells[index] += 1 }
        return cells
    }
}
