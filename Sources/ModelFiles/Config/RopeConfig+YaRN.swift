import Glibc

extension RopeConfig {
    /// The factor by which YaRN scales queries and keys where a model states none (Peng et al., 2023, eq. 22).
    package static func yarnAttentionFactor(_ factor: Float) -> Float {
        factor <= 1 ? 1 : 0.1 * log(factor) + 1
    }
}
