/// How a checkpoint stores the matrices of its projections; embeddings, heads and norms stay 16-bit numbers.
struct WeightFormat: Sendable, Equatable {
    /// The layouts that the planner knows.
    enum Layout: Sendable, Equatable {
        /// Numbers of so many bytes.
        case plain(bytes: Int)
        /// Integers of `bits` bits, with a 16-bit scale and a zero point for each `group` inputs of an output
        /// (GPTQ, arXiv 2210.17323; AWQ, arXiv 2306.00978); GPTQ also numbers each input's group.
        case grouped(bits: Int, group: Int?, hasZeros: Bool, hasOrder: Bool)
        /// Bytes with one f32 scale a block of rows and columns, or a tensor where nil (arXiv 2209.05433).
        case fp8(block: Block?)
        /// Bitsandbytes' 4-bit floats (QLoRA, arXiv 2305.14314): a scale for each 64, itself quantised or an f32.
        case nf4(quantizesScales: Bool)
        /// Bytes with one f32 scale an output.
        case int8
        /// 4-bit floats with a byte of scale for each `group` of them.
        case fp4(group: Int)
    }

    /// Rows and columns of a matrix that share a scale.
    struct Block: Sendable, Equatable {
        var rows: Int
        var columns: Int
    }

    /// What `--quantization` calls it, or the type of the numbers.
    var name: String
    var layout: Layout
    /// Bytes of a number that is not quantised.
    var plainBytes: Int
    /// Parts of the names of modules that stay as they are, as the checkpoint lists them.
    var keeps: [[String]] = []

    /// What `--quantization` may be.
    static let names = [
        "awq", "awq_marlin", "gptq", "gptq_marlin", "fp8", "bitsandbytes", "compressed-tensors", "modelopt",
        "modelopt_fp4", "mxfp4", "int8",
    ]

    /// Whether the module of that name is quantised; encoders of images are left as they are.
    func quantizes(_ module: String) -> Bool {
        if case .plain = layout { return false }
        if module.hasPrefix("visual.") || module.hasPrefix("multi_modal_projector") { return false }
        return !keeps.contains { pieces in
            var rest = Substring(".\(module).")
            for piece in pieces {
                guard let range = rest.firstRange(of: ".\(piece).") else { return false }
                rest = rest[rest.index(before: range.upperBound)...]
            }
            return true
        }
    }

    /// The bytes of a quantised matrix, or nil where they overflow.
    func byteCount(rows: Int, columns: Int) -> Int? {
        let (elements, overflows) = rows.multipliedReportingOverflow(by: columns)
        guard !overflows, elements <= Int.max / 64 else { return nil }
        switch layout {
        case .plain(let bytes): return elements * bytes
        case .grouped(let bits, let group, let hasZeros, let hasOrder):
            let groups = rows * quotientRoundedUp(columns, group ?? max(1, columns))
            let zeros = hasZeros ? (groups * bits + 7) / 8 : 0
            return (elements * bits + 7) / 8 + 2 * groups + zeros + (hasOrder ? 4 * columns : 0)
        case .fp8(nil): return elements + 4
        case .fp8(let block?):
            return elements + 4 * quotientRoundedUp(rows, block.rows)
                * quotientRoundedUp(columns, block.columns)
        case .nf4(let quantizesScales):
            let scales = quotientRoundedUp(elements, 64)
            return elements / 2 + (quantizesScales ? scales + scales / 64 : 4 * scales)
        case .int8: return elements + 4 * rows
        case .fp4(let group): return elements / 2 + quotientRoundedUp(elements, group)
        }
    }
}
