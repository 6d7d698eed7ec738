extension Device {
    /// NVIDIA's workstation cards since Ampere.
    ///
    /// Figures: as for the data-centre cards, with ECC as shipped. Seen in public logs: PRO 6000 94.97 to 95.01 GiB,
    /// 6000 Ada 47.38 to 47.40, A4000 15.61 and 15.74, A2000 (12 GB) 11.63 to 11.74. All others are not measured: the
    /// nominal size less the share that logged cards of the same generation lack.
    static let nvidiaWorkstation = [
        Device("RTX PRO 6000", 96, visible: 94.97, ["RTX 6000 PRO"]),
        Device("RTX PRO 5000", 48, visible: 47.4),
        Device("RTX PRO 4500", 32, visible: 31.3),
        Device("RTX PRO 4000", 24, visible: 23.5),
        Device("RTX 6000 Ada", 48, visible: 47.4),
        Device("RTX 5000 Ada", 32, visible: 31.5),
        Device("RTX 4500 Ada", 24, visible: 23.5),
        Device("RTX 4000 Ada", 20, visible: 19.55, ["RTX 4000 SFF Ada"]),
        Device("RTX 2000 Ada", 16, visible: 15.6),
        Device("RTX A6000", 48, visible: 47.4),
        Device("RTX A5500", 24, visible: 23.5),
        Device("RTX A5000", 24, visible: 23.5),
        Device("RTX A4500", 20, visible: 19.55),
        Device("RTX A4000", 16, visible: 15.7),
        Device("RTX A2000", 12, visible: 11.63),
        Device("RTX A2000", 6, visible: 5.78),
    ]

    /// NVIDIA's consumer cards since Ampere.
    ///
    /// Figures: the total that CUDA reports on Linux; Windows shows up to 0.5 GiB more, drivers before 535 show 0.1
    /// more. Seen in public logs, in GiB: 5090 31.36; 5080 and 5070 Ti 15.47; 5060 Ti 15.48; 5070 11.49; 5060 7.52;
    /// 4090 23.52 to 23.65; 4080 SUPER 15.57; 4070 Ti SUPER 15.69 and 4070 11.72 (both under older drivers); 4060 Ti
    /// (8 GB) 7.62; 4070 Laptop 7.65; 3090 23.55 to 23.58; 3080 Ti 11.63; 3080 (12 GB) 11.6; 3060 11.63. All others
    /// are not measured: the nominal size less the 2 to 6 % that logged cards of their generation and size lack.
    static let nvidiaConsumer = [
        Device("RTX 5090", 32, visible: 31.36),
        Device("RTX 5090 D", 32, visible: 31.36),
        Device("RTX 5090 Laptop", 24, visible: 23.4, ["5090 Mobile"]),
        Device("RTX 5080", 16, visible: 15.47),
        Device("RTX 5070 Ti", 16, visible: 15.47),
        Device("RTX 5070", 12, visible: 11.49),
        Device("RTX 5060 Ti", 16, visible: 15.48),
        Device("RTX 5060 Ti", 8, visible: 7.53),
        Device("RTX 5060", 8, visible: 7.52),
        Device("RTX 5050", 8, visible: 7.53),
        Device("RTX 4090", 24, visible: 23.65),
        Device("RTX 4090 D", 24, visible: 23.65),
        Device("RTX 4090 Laptop", 16, visible: 15.6, ["4090 Mobile"]),
        Device("RTX 4080 SUPER", 16, visible: 15.57),
        Device("RTX 4080", 16, visible: 15.69),
        Device("RTX 4080 Laptop", 12, visible: 11.57, ["4080 Mobile"]),
        Device("RTX 4070 Ti SUPER", 16, visible: 15.58),
        Device("RTX 4070 Ti", 12, visible: 11.57),
        Device("RTX 4070 SUPER", 12, visible: 11.57),
        Device("RTX 4070", 12, visible: 11.57),
        Device("RTX 4070 Laptop", 8, visible: 7.65, ["4070 Mobile"]),
        Device("RTX 4060 Ti", 16, visible: 15.58),
        Device("RTX 4060 Ti", 8, visible: 7.62),
        Device("RTX 4060", 8, visible: 7.63),
        Device("RTX 3090 Ti", 24, visible: 23.58),
        Device("RTX 3090", 24, visible: 23.58),
        Device("RTX 3080 Ti", 12, visible: 11.63),
        Device("RTX 3080", 10, visible: 9.65),
        Device("RTX 3080", 12, visible: 11.6),
        Device("RTX 3070 Ti", 8, visible: 7.66),
        Device("RTX 3070", 8, visible: 7.66),
        Device("RTX 3060 Ti", 8, visible: 7.66),
        Device("RTX 3060", 12, visible: 11.63),
        Device("RTX 3060", 8, visible: 7.66),
        Device("RTX 3050", 8, visible: 7.66),
    ]
}
