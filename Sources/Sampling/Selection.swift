/// Finds where a ranking is cut, without sorting: quickselect (Hoare, 1961) with three-way partitions.
enum Selection {
    /// The `rank`-th greatest value, `rank` counted from 1; the values change places.
    ///
    /// - Complexity: O(values) expected.
    static func greatest(_ rank: Int, of values: UnsafeMutableBufferPointer<Float>) -> Float {
        threshold(reaching: Double(rank), in: values) { _ in 1 }
    }

    /// The greatest value such that all values at or above it sum to at least `mass`; the values change
    /// places.
    ///
    /// The smallest value where even all of them do not reach it.
    static func nucleus(reaching mass: Double, in values: UnsafeMutableBufferPointer<Float>) -> Float {
        threshold(reaching: mass, in: values) { Double($0) }
    }

    @inline(__always)
    private static func threshold(
        reaching mass: Double, in values: UnsafeMutableBufferPointer<Float>, massOf: (Float) -> Double
    ) -> Float {
        precondition(!values.isEmpty, "nothing can be cut from nothing")
        // The threshold lies in low..<high; the values before low are greater, and their mass is subtracted
        // already.
        var low = 0
        var high = values.count
        var remaining = max(mass, .leastNonzeroMagnitude)
        while true {
            let pivot = median(values[low], values[low + (high - low) / 2], values[high - 1])
            // low..<greaterEnd is greater than the pivot, greaterEnd..<index equal, lessStart..<high less.
            var greaterEnd = low
            var index = low
            var lessStart = high
            var greaterMass = 0.0
            var equalMass = 0.0
            while index < lessStart {
                let value = values[index]
                if value > pivot {
                    values.swapAt(index, greaterEnd)
                    greaterEnd += 1
                    index += 1
                    greaterMass += massOf(value)
                } else if value < pivot {
                    lessStart -= 1
                    values.swapAt(index, lessStart)
                } else {
                    index += 1
                    equalMass += massOf(value)
                }
            }
            if greaterEnd > low, greaterMass >= remaining {
                high = greaterEnd
            } else if greaterMass + equalMass >= remaining || lessStart == high {
                return pivot
            } else {
                remaining -= greaterMass + equalMass
                low = lessStart
            }
        }
    }

    private static func median(_ a: Float, _ b: Float, _ c: Float) -> Float {
        max(min(a, b), min(max(a, b), c))
    }
}
