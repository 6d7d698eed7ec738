/// The known name that a mistyped one probably means: the same but for case and `-` against `_`, or else
/// the nearest within `distanceMax` insertions, deletions, replacements and swaps of neighbours.
///
/// - Returns: nil where none is near.
func nearest(to name: String, among known: [String], distanceMax: Int) -> String? {
    guard name.utf8.count <= 64 else { return nil }
    let plainName = folded(name)
    var best: (name: String, distance: Int)?
    for candidate in known {
        let plainCandidate = folded(candidate)
        guard abs(plainCandidate.count - plainName.count) <= distanceMax else { continue }
        let distance = editDistance(plainName, plainCandidate)
        if distance <= distanceMax, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

/// A name's bytes without regard to case and to the kind of its joints.
private func folded(_ name: String) -> [UInt8] {
    name.uppercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
}

/// How many insertions, deletions, replacements and swaps of neighbours turn one text into the other
/// (Damerau 1964, each part touched once at most).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var distance = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                distance = min(distance, beforeLast[j - 1] + 1)
            }
            row.append(distance)
        }
        (beforeLast, last) = (last, row)
    }
    return last[right.count]
}
