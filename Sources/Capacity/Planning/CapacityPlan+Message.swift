extension CapacityPlan {
    /// Why the start is refused: the sentence that people search for, the figures, and what to change; nil where it
    /// fits.
    package var message: String? {
        guard !fits else { return nil }
        var lines = [
            "The model's max seq len (\(requestedContext)) is larger than the maximum number of tokens that can be "
                + "stored in KV cache (\(kvTokens)).",
            "\(owner) \(gibibytes(request.deviceBytes)), of which \(percent(utilization)) may be used: "
                + "\(gibibytes(weightBytesPerRank)) of weights, \(gibibytes(activationBytesPerRank)) of activations and "
                + "the like, \(gibibytes(kvBytesPerRank)) of KV cache at "
                + "\(kvBytesPerTokenPerRank / 1024) KiB a token.",
        ]
        if remedies.isEmpty {
            lines.append("No setting makes it fit: take a smaller model or a device with more memory.")
        } else {
            lines.append("What helps, least cost first:")
            lines += remedies.map { "  - \($0.text)" }
        }
        lines += findings.map { "Note: \($0)." }
        return lines.joined(separator: "\n")
    }

    /// Whose memory it is, and that it has some.
    private var owner: String {
        let ranks = request.tensorParallelSize
        if ranks > 1 { return "Each of \(ranks) devices (\(request.deviceName)) has" }
        return request.deviceKind == .cpu ? "This machine has" : "The device (\(request.deviceName)) has"
    }

    private func gibibytes(_ bytes: Int) -> String {
        let hundredths = Int((Double(bytes) / Double(1 << 30) * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) GiB"
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
