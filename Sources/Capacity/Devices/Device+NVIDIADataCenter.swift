extension Device {
    /// NVIDIA's data-centre cards since Ampere.
    ///
    /// Figures: the total that CUDA reports (`cudaMemGetInfo`, PyTorch's `total_memory`) as public start-up logs print
    /// it: "Free memory on device (a/b GiB)", "GPU 0 has a total capacity of b GiB". A card with ECC in its memory
    /// (GDDR6) shows about 6 % less than its nominal size, one with HBM 1 to 2 %. Drivers
    /// differ by 0.1 to 0.2 GiB: A100 39.39 to 39.56 and 79.14 to 79.33, H100 79.1 to 79.25, GB10 119.61 to 121.63.
    /// GH200 144GB has no such log: the board's total less a like reserve. H800, A800, L20 and H20 141GB have
    /// the figure of the card with the same chip or memory, A16 and A2 are not measured.
    static let nvidiaDataCenter = [
        Device("B300", 288, visible: 267.69),
        Device("GB300", 288, visible: 276.5),
        Device("B200", 192, visible: 178.35, ["B200 180GB"]),
        Device("GB200", 192, visible: 184.31, ["GB200 186GB"]),
        Device("H200", 141, visible: 139.8, ["H200 NVL"]),
        Device("GH200", 96, visible: 94.5),
        Device("GH200", 144, visible: 139.8),
        Device("H100", 80, visible: 79.1),
        Device("H100 NVL", 94, visible: 93.0, ["H100 94GB"]),
        Device("H800", 80, visible: 79.1),
        Device("H20", 96, visible: 95.0),
        Device("H20", 141, visible: 139.8),
        Device("A100", 80, visible: 79.15),
        Device("A100", 40, visible: 39.39),
        Device("A800", 80, visible: 79.15),
        Device("A40", 48, visible: 44.4),
        Device("A30", 24, visible: 23.6),
        Device("A10", 24, visible: 22.0),
        Device("A10G", 24, visible: 21.98, ["G5"]),
        Device("A16", 16, visible: 14.54),
        Device("A2", 16, visible: 14.54),
        Device("L40S", 48, visible: 44.4),
        Device("L40", 48, visible: 44.39),
        Device("L20", 48, visible: 44.39),
        Device("L4", 24, visible: 22.05),
        Device("GB10", 128, visible: 119.61, ["DGX Spark", "Spark"]),
    ]
}
