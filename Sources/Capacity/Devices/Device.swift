/// A device whose memory can be planned without having one.
package struct Device: Sendable, Hashable {
    /// The name without the size of its memory: `A100`.
    package let model: String
    /// The memory on the box, in GiB or GB as the vendor calls it: 80.
    package let nominalSize: Int
    /// GiB that frameworks report as the device's total: what is left when driver and firmware took theirs.
    package let visibleGiB: Double
    /// Other names that people use for it.
    package let nicknames: [String]

    init(_ model: String, _ nominalSize: Int, visible: Double, _ nicknames: [String] = []) {
        self.model = model
        self.nominalSize = nominalSize
        self.visibleGiB = visible
        self.nicknames = nicknames
    }

    /// The name for people: `A100 80GB`.
    package var name: String { "\(model) \(nominalSize)GB" }

    /// Bytes that frameworks report as the device's total.
    package var memoryBytes: Int { Int(visibleGiB * 1_073_741_824) }

    /// Every device of the table. Of several that share a model's name, the first is meant where no size is given.
    package static let all =
        nvidiaDataCenter + nvidiaWorkstation + nvidiaConsumer + nvidiaTuring + amd + apple
}
