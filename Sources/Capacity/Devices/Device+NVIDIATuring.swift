extension Device {
    /// NVIDIA's cards of the Turing generation and the V100: older than Ampere, without bf16 and FlashAttention 2.
    ///
    /// Figures: as for the later cards. Seen in public logs: T4 14.56 to 14.75 GiB by driver, V100 15.77 and 31.74,
    /// TITAN RTX 23.64, 2080 Ti 10.75, 2060 (6 GB) 5.78, 1650 3.63 (3.81 under older drivers). Not measured, but the
    /// nominal size less the 2 to 5 % that those lack: the Quadros, the cards of 8 and 12 GB, the 1660s.
    static let nvidiaTuring = [
        Device("T4", 16, visible: 14.58),
        Device("V100", 32, visible: 31.74),
        Device("V100", 16, visible: 15.77),
        Device("Quadro RTX 8000", 48, visible: 47.45, ["RTX 8000"]),
        Device("Quadro RTX 6000", 24, visible: 23.6),
        Device("Quadro RTX 5000", 16, visible: 15.7),
        Device("Quadro RTX 4000", 8, visible: 7.6),
        Device("TITAN RTX", 24, visible: 23.6, ["TITANRTX"]),
        Device("RTX 2080 Ti", 11, visible: 10.75),
        Device("RTX 2080 SUPER", 8, visible: 7.6),
        Device("RTX 2080", 8, visible: 7.6),
        Device("RTX 2070 SUPER", 8, visible: 7.6),
        Device("RTX 2070", 8, visible: 7.6),
        Device("RTX 2060 SUPER", 8, visible: 7.6),
        Device("RTX 2060", 6, visible: 5.78),
        Device("RTX 2060", 12, visible: 11.6),
        Device("GTX 1660 Ti", 6, visible: 5.78),
        Device("GTX 1660 SUPER", 6, visible: 5.78),
        Device("GTX 1660", 6, visible: 5.78),
        Device("GTX 1650", 4, visible: 3.63),
    ]

    /// Whether this is a GPU of NVIDIA's before Ampere: engines choose other kernels for it.
    package var isOlderThanAmpere: Bool { Self.nvidiaTuring.contains(self) }
}
