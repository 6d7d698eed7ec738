import Compute
import Glibc
package import ModelFiles

extension RopeConfig {
    /// The angle by which each pair of elements turns per position, `dimension / 2` numbers.
    ///
    /// Base series: Su et al., "RoFormer" (2021). Scalings: linear (Chen et al., 2023), Llama 3.1's ramp between
    /// wavelengths, YaRN's ramp between numbers of rotations (Peng et al., 2023, section 3.2).
    package var frequencies: [Double] {
        let base = (0..<(dimension / 2)).map { pow(Double(theta), -2 * Double($0) / Double(dimension)) }
        switch scaling {
        case .none:
            return base
        case .linear(let factor):
            return base.map { $0 / Double(factor) }
        case .divisors(let divisors):
            return zip(base, divisors).map { $0 / Double($1) }
        case .llama3(let factor, let low, let high, let original):
            return base.map { frequency in
                let rotations = Double(original) * frequency / (2 * .pi)
                let kept = min(max((rotations - Double(low)) / Double(high - low), 0), 1)
                return frequency * (kept + (1 - kept) / Double(factor))
            }
        case .yarn(let factor, let original, let betaFast, let betaSlow, _):
            let first = floor(pairIndex(rotations: betaFast, original: original))
            let last = ceil(pairIndex(rotations: betaSlow, original: original))
            let (low, high) = (max(first, 0), min(last, Double(dimension - 1)))
            return base.enumerated().map { index, frequency in
                let ramp = min(max((Double(index) - low) / max(high - low, 0.001), 0), 1)
                return frequency * ((1 - ramp) + ramp / Double(factor))
            }
        }
    }

    /// What cosines and sines are multiplied by: YaRN's attention temperature, otherwise 1.
    package var magnitude: Double {
        guard case .yarn(let factor, _, _, _, let attentionFactor) = scaling else { return 1 }
        if let attentionFactor { return Double(attentionFactor) }
        return factor > 1 ? 0.1 * log(Double(factor)) + 1 : 1
    }

    /// The pair that makes that many rotations over the original context: the inverse of a wavelength.
    private func pairIndex(rotations: Float, original: Int) -> Double {
        Double(dimension) * log(Double(original) / (Double(rotations) * 2 * .pi)) / (2 * log(Double(theta)))
    }

    /// Computes the table for `positions` positions and hands it to the backend.
    func makeTable(positions: Int, compute: any Compute) -> RopeTable {
        let (frequencies, magnitude) = (frequencies, magnitude)
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(positions * frequencies.count)
        sines.reserveCapacity(positions * frequencies.count)
        for position in 0..<positions {
            for frequency in frequencies {
                let angle = Double(position) * frequency
                cosines.append(Float(cos(angle) * magnitude))
                sines.append(Float(sin(angle) * magnitude))
            }
        }
        return RopeTable(
            cosines: compute.makeVector(cosines), sines: compute.makeVector(sines), dimension: dimension,
            isInterleaved: layout == .interleaved)
    }
}
