/// A set of Unicode scalars: ascending ranges that neither touch nor overlap. Surrogates belong to none.
struct ScalarRanges: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    /// Every scalar.
    static let all = ScalarRanges(sorted: [0...0xD7FF, 0xE000...0x10FFFF])
    /// No scalar.
    static let none = ScalarRanges(sorted: [])

    private init(sorted: [ClosedRange<UInt32>]) { ranges = sorted }

    init(_ ranges: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound &+ 1 {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        self.ranges = merged
        self = intersection(.all)
    }

    init(_ value: UInt32) { self.init([value...value]) }

    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ value: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(value)
    }

    func union(_ other: ScalarRanges) -> ScalarRanges { ScalarRanges(ranges + other.ranges) }

    func intersection(_ other: ScalarRanges) -> ScalarRanges {
        var result: [ClosedRange<UInt32>] = []
        var (left, right) = (0, 0)
        while left < ranges.count, right < other.ranges.count {
            let (first, second) = (ranges[left], other.ranges[right])
            let low = max(first.lowerBound, second.lowerBound)
            let high = min(first.upperBound, second.upperBound)
            if low <= high { result.append(low...high) }
            if first.upperBound < second.upperBound { left += 1 } else { right += 1 }
        }
        return ScalarRanges(sorted: result)
    }

    var complement: ScalarRanges {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return ScalarRanges(sorted: result).intersection(.all)
    }

    func subtracting(_ other: ScalarRanges) -> ScalarRanges { intersection(other.complement) }
}

/// What a class in a pattern means where dialects differ: `\d` is ten digits in ECMAScript and hundreds in Python.
///
/// A pattern is made so that what it matches is matched in every dialect.
struct ScalarClassMeaning: Hashable, Sendable {
    /// The scalars that belong to it in every dialect.
    var surely: ScalarRanges
    /// The scalars that belong to it in some dialect.
    var perhaps: ScalarRanges

    init(_ ranges: ScalarRanges) { (surely, perhaps) = (ranges, ranges) }

    init(surely: ScalarRanges, perhaps: ScalarRanges) { (self.surely, self.perhaps) = (surely, perhaps) }

    var complement: ScalarClassMeaning {
        ScalarClassMeaning(surely: perhaps.complement, perhaps: surely.complement)
    }

    func union(_ other: ScalarClassMeaning) -> ScalarClassMeaning {
        ScalarClassMeaning(surely: surely.union(other.surely), perhaps: perhaps.union(other.perhaps))
    }

    /// `\d`
    static var digits: ScalarClassMeaning {
        ScalarClassMeaning(
            surely: ScalarRanges([0x30...0x39]), perhaps: ScalarCategories.named("Nd") ?? .none)
    }

    /// `\w`
    static var word: ScalarClassMeaning {
        let letters = ["L", "M", "N", "Pc"].compactMap(ScalarCategories.named)
        return ScalarClassMeaning(
            surely: ScalarRanges([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]),
            perhaps: letters.reduce(ScalarRanges([0x24B6...0x24E9])) { $0.union($1) })
    }

    /// `\s`
    static var space: ScalarClassMeaning {
        let perhaps = ScalarRanges([
            0x1C...0x1F, 0x85...0x85, 0xFEFF...0xFEFF, 0x180E...0x180E, 0x200B...0x200B,
        ])
        return ScalarClassMeaning(
            surely: ScalarRanges([0x09...0x0D, 0x20...0x20]),
            perhaps: ["Zs", "Zl", "Zp"].compactMap(ScalarCategories.named)
                .reduce(perhaps.union(ScalarRanges([0x09...0x0D, 0x20...0x20]))) { $0.union($1) })
    }

    /// `.`
    static var dot: ScalarClassMeaning {
        let ends = ScalarRanges([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
        return ScalarClassMeaning(surely: ends.complement, perhaps: ScalarRanges(0x0A).complement)
    }
}
