import Capacity

/// One device's memory as a bar of coloured cells, with a legend.
struct MemoryBar {
    /// The widest bar: longer ones are no easier to read.
    private static let widthMax = 100

    private let shares: MemoryShares

    init(_ shares: MemoryShares) {
        self.shares = shares
    }

    /// The bar and a line for each use, at most `width` columns wide.
    func lines(for terminal: Terminal, width: Int) -> [String] {
        let cells = shares.cells(width: min(Self.widthMax, width - 4))
        let bar = zip(MemoryShares.Use.allCases, cells).map { use, count in
            terminal.styled(String(repeating: glyph(use), count: count), style(use))
        }
        let names = MemoryShares.Use.allCases.map(\.rawValue)
        let sizes = MemoryShares.Use.allCases.map { Self.gibibytes(shares[$0]) }
        let nameWidth = names.map(\.count).max() ?? 0
        let sizeWidth = sizes.map(\.count).max() ?? 0
        var lines = ["  " + bar.joined(), ""]
        for (use, size) in zip(MemoryShares.Use.allCases, sizes) {
            let padding = String(
                repeating: " ", count: nameWidth - use.rawValue.count + 2 + sizeWidth - size.count)
            lines.append("  \(terminal.styled(glyph(use), style(use))) \(use.rawValue)\(padding)\(size) GiB")
        }
        if shares.missingBytes > 0 {
            let missing = "\(Self.gibibytes(shares.missingBytes)) GiB more than the device has"
            lines.append("  " + terminal.styled(missing, .red))
        }
        return lines
    }

    /// Bytes in GiB with two digits after the point.
    static func gibibytes(_ bytes: Int) -> String {
        Quantities.decimal(Double(bytes) / 1_073_741_824, digits: 2)
    }

    /// Each use has a cell of its own shape, so that the bar reads without colour too.
    private func glyph(_ use: MemoryShares.Use) -> String {
        switch use {
        case .weights: "█"
        case .activations: "▓"
        case .keyValueCache: "▒"
        case .left: "░"
        }
    }

    private func style(_ use: MemoryShares.Use) -> Terminal.Style {
        switch use {
        case .weights: .cyan
        case .activations: .yellow
        case .keyValueCache: .green
        case .left: .dim
        }
    }
}
