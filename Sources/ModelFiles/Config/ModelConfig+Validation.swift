import Tokens

extension ModelConfig {
    /// Checks what concerns several numbers at once; each alone was checked when it was read.
    func validate(path: String) throws(ModelFileError) {
        func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(ModelFileError) {
            guard holds else { throw .malformed(path: path, place: "config", reason: reason()) }
        }
        try check(
            headCount % keyValueHeadCount == 0,
            "\(headCount) query heads cannot share \(keyValueHeadCount) key-value heads in equal groups")
        try check(
            rope.dimension <= headDimension && rope.dimension % 2 == 0,
            "the rotary dimension \(rope.dimension) should be even and at most the head dimension \(headDimension)"
        )
        if case .divisors(let divisors) = rope.scaling {
            try check(
                divisors.count == rope.dimension / 2 && divisors.allSatisfy { $0.isFinite && $0 > 0 },
                "the rotary divisors should be \(rope.dimension / 2) positive numbers; there are \(divisors.count)"
            )
        }
        for token in endOfSequence + [beginningOfSequence].compactMap({ $0 }) {
            try check(
                (0..<vocabularySize).contains(token.index),
                "the token id \(token) lies outside the vocabulary of \(vocabularySize)")
        }
        let largest = [
            [vocabularySize, hiddenSize], [feedForwardSize, hiddenSize, 3],
            [headCount, headDimension, hiddenSize],
            [contextLength, layerCount, keyValueHeadCount, headDimension, 8],
        ]
        for factors in largest {
            try check(Self.product(factors) != nil, "the sizes \(factors) multiply to more than 64 bits hold")
        }
    }

    private static func product(_ factors: [Int]) -> Int? {
        var product: Int? = 1
        for factor in factors {
            guard let (next, overflow) = product?.multipliedReportingOverflow(by: factor) else { return nil }
            product = overflow ? nil : next
        }
        return product
    }
}

extension ModelFamily {
    /// The error for an architecture that is not among ``allCases``.
    static func unsupported(_ architecture: String, path: String) -> ModelFileError {
        .unsupported(
            path: path, feature: "the architecture \(architecture)",
            remedy: "Needletail runs \(allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
