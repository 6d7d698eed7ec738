extension Device {
    /// Apple's chips, each with the sizes of unified memory it is sold with, the least first: it is meant where no size
    /// is given.
    ///
    /// Figures: the rule that Metal is known to follow for the most that the GPU takes
    /// (`recommendedMaxWorkingSetSize`), two thirds of the memory up to 32 GB and three quarters above; none of them
    /// was measured.
    static let apple: [Device] = [
        ("M1", [8, 16]), ("M1 Pro", [16, 32]), ("M1 Max", [32, 64]), ("M1 Ultra", [64, 128]),
        ("M2", [8, 16, 24]), ("M2 Pro", [16, 32]), ("M2 Max", [32, 64, 96]), ("M2 Ultra", [64, 128, 192]),
        ("M3", [8, 16, 24]), ("M3 Pro", [18, 36]), ("M3 Max", [36, 48, 64, 96, 128]),
        ("M3 Ultra", [96, 256, 512]),
        ("M4", [16, 24, 32]), ("M4 Pro", [24, 48, 64]), ("M4 Max", [36, 48, 64, 128]),
        ("M5", [16, 24, 32]),
    ].flatMap { chip, sizes in
        sizes.map { Device(chip, $0, visible: Double($0) * ($0 <= 32 ? 2.0 / 3.0 : 0.75)) }
    }
}
