/// One row of logits, `[vocabulary]`, looked at eight at a time.
struct LogitRow {
    /// As many logits as one look takes in.
    static let width = 8

    let logits: UnsafeMutableBufferPointer<Float>

    var count: Int { logits.count }

    /// Eight logits from an index on; minus infinity stands past the end.
    @inline(__always)
    func lanes(at index: Int) -> SIMD8<Float> {
        if index + Self.width <= logits.count {
            // In bounds, as was just checked; any alignment will do.
            return UnsafeRawPointer(logits.baseAddress.unsafelyUnwrapped + index).loadUnaligned(
                as: SIMD8<Float>.self)
        }
        var lanes = SIMD8<Float>(repeating: -.infinity)
        for lane in 0..<(logits.count - index) { lanes[lane] = logits[index + lane] }
        return lanes
    }

    /// The greatest logit; NaN counts as minus infinity.
    func maximum() -> Float {
        // Four accumulators, so that one comparison need not wait for the last.
        var first = SIMD8<Float>(repeating: -.infinity)
        var second = first
        var third = first
        var fourth = first
        var index = 0
        while index + 4 * Self.width <= count {
            Self.raise(&first, to: lanes(at: index))
            Self.raise(&second, to: lanes(at: index + Self.width))
            Self.raise(&third, to: lanes(at: index + 2 * Self.width))
            Self.raise(&fourth, to: lanes(at: index + 3 * Self.width))
            index += 4 * Self.width
        }
        while index < count {
            Self.raise(&first, to: lanes(at: index))
            index += Self.width
        }
        Self.raise(&first, to: second)
        Self.raise(&third, to: fourth)
        Self.raise(&first, to: third)
        return first.max()
    }

    /// The first index whose logit equals `value`, or none.
    func firstIndex(of value: Float) -> Int? {
        var index = 0
        while index < count {
            let isEqual = lanes(at: index) .== value
            if any(isEqual) {
                for lane in 0..<min(Self.width, count - index) where isEqual[lane] { return index + lane }
            }
            index += Self.width
        }
        return nil
    }

    /// The index of the greatest logit, the first of equals; 0 where no logit is a number.
    func firstIndexOfMaximum() -> Int {
        firstIndex(of: maximum()) ?? 0
    }

    @inline(__always)
    private static func raise(_ accumulator: inout SIMD8<Float>, to lanes: SIMD8<Float>) {
        accumulator.replace(with: lanes, where: lanes .> accumulator)
    }
}
