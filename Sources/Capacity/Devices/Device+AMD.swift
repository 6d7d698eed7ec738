extension Device {
    /// AMD's Instinct cards, and the Radeon cards that ROCm runs on.
    ///
    /// Figures: AMD's specifications less a little that ROCm keeps; of the cards of 64 and 192 GB what HIP is known to
    /// report, of the others scaled from those and not measured. A card of two dies (MI250, MI250X) shows as two
    /// devices, each with half of the memory: the entry is one of them, and
    /// `MI250x2` a whole card. MI300A shares its memory with the host, which keeps a little.
    static let amd = [
        Device("MI355X", 288, visible: 287.69, ["MI355"]),
        Device("MI350X", 288, visible: 287.69, ["MI350"]),
        Device("MI325X", 256, visible: 255.69, ["MI325"]),
        Device("MI300X", 192, visible: 191.69, ["MI300"]),
        Device("MI300A", 128, visible: 125.9),
        Device("MI308X", 192, visible: 191.69, ["MI308"]),
        Device("MI250X", 64, visible: 63.98, ["MI250X 128GB"]),
        Device("MI250", 64, visible: 63.98, ["MI250 128GB"]),
        Device("MI210", 64, visible: 63.98),
        Device("MI100", 32, visible: 31.98),
        Device("MI60", 32, visible: 31.98),
        Device("MI50", 32, visible: 31.98),
        Device("MI50", 16, visible: 15.98),
        Device("RX 7900 XTX", 24, visible: 23.98),
        Device("RX 7900 XT", 20, visible: 19.98),
        Device("RX 9070 XT", 16, visible: 15.92),
    ]
}
