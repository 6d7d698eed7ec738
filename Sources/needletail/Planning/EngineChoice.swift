import ArgumentParser
import Capacity

/// Whose memory is planned.
enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
    case needletail, vllm
}

/// A version of vLLM: `0.11`, `v0.11.0`.
struct EngineVersion: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let major: Int
    let minor: Int

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    init?(argument: String) {
        let text = argument.hasPrefix("v") ? argument.dropFirst() : argument[...]
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0
        else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    var description: String { "\(major).\(minor)" }
}
