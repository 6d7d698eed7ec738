import CPUCompute

/// What is looked at: this machine, or one that a test makes up.
package struct Machine: Sendable {
    /// Where the system's files lie.
    package var files: SystemFiles
    /// The environment of this process.
    package var environment: [String: String]
    /// Where NVIDIA's libraries come from.
    package var libraries: LibraryFinder
    /// The processors that this process may run on.
    package var affinity: [Int32]
    /// The instruction sets of the kernels.
    package var kernels: KernelSets
    /// The port that `needletail serve` would listen at.
    package var port: UInt16

    package init(
        files: SystemFiles, environment: [String: String], libraries: LibraryFinder, affinity: [Int32],
        kernels: KernelSets, port: UInt16
    ) {
        self.files = files
        self.environment = environment
        self.libraries = libraries
        self.affinity = affinity
        self.kernels = kernels
        self.port = port
    }

    /// This machine.
    package static func current(environment: [String: String], port: UInt16) -> Machine {
        Machine(
            files: SystemFiles(), environment: environment, libraries: LibraryFinder(),
            affinity: Processors.affinityMask(), kernels: .current, port: port)
    }

    /// Looks at everything. Nothing that is missing or malformed stops it.
    package func examined() -> Report {
        Report(
            processorChecks + memoryChecks + pageChecks + limitChecks + NVIDIAFindings(on: self).checks
                + modelChecks + [portCheck] + softwareChecks)
    }

    /// A variable's value; nil where it is not set or empty.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
