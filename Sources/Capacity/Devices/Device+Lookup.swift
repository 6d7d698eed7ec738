extension Device {
    /// The device that a name means, however it is written: `4090`, `rtx4090`, `NVIDIA GeForce RTX 4090`,
    /// `A100-80GB`, `a100-40`, `H100 80GB HBM3`.
    ///
    /// - Throws: ``DeviceError`` with the nearest names.
    package static func named(_ name: String) throws(DeviceError) -> Device {
        let wanted = key(of: name)
        guard let device = all.first(where: { $0.keys.contains(wanted) }) else {
            throw .unknown(name: name, nearest: nearest(to: wanted))
        }
        return device
    }

    /// The names as they are compared: the model's, with and without size, and the nicknames.
    package var keys: [String] {
        let model = Self.key(of: model)
        return [model, model + String(nominalSize)] + nicknames.map { Self.key(of: $0) }
    }

    /// What is left of a name without case, spaces, dashes, vendor, series, form and unit: what people write differently.
    private static func key(of name: String) -> String {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        var key = words.filter { !noise.contains($0) }.joined()
        for prefix in prefixes where key.hasPrefix(prefix) { key.removeFirst(prefix.count) }
        for unit in ["gib", "gb"] where key.hasSuffix(unit) { key.removeLast(unit.count) }
        return key
    }

    /// Up to three names, those of fewest edits first, where a part that is contained costs next to nothing.
    private static func nearest(to wanted: String) -> [String] {
        var names: [String] = []
        let ranked = all.map { device in
            let distance = device.keys.map { key in
                let isPart =
                    min(key.count, wanted.count) > 1 && (key.contains(wanted) || wanted.contains(key))
                return isPart ? 1 : 1 + editDistance(Array(key.utf8), Array(wanted.utf8))
            }
            return (name: device.name, distance: distance.min() ?? .max)
        }
        for entry in ranked.sorted(by: { $0.distance < $1.distance }) where !names.contains(entry.name) {
            names.append(entry.name)
            if names.count == 3 { break }
        }
        return names
    }

    /// The least number of letters to insert, delete or replace that makes one text of the other (Levenshtein 1966).
    ///
    /// - Complexity: O(*nm*); texts are cut to 64 letters.
    private static func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        let (first, second) = (first.prefix(64), second.prefix(64))
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                let replaced = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[second.count]
    }

    /// Words that tell no two devices of the table apart.
    private static let noise: Set<String> = [
        "nvidia", "geforce", "tesla", "amd", "instinct", "apple", "radeon", "rtx", "gtx", "rx", "gpu", "gb",
        "gib",
        "pcie", "sxm", "sxm2", "sxm3", "sxm4", "sxm5", "oam", "hbm2", "hbm2e", "hbm3", "hbm3e", "edition",
        "generation", "blackwell", "workstation", "server",
    ]

    /// The same, written together with what follows, in the order they may stand in.
    private static let prefixes = ["nvidia", "geforce", "tesla", "amd", "apple", "rtx", "gtx", "rx"]
}

/// What is wrong with the name of a device.
package enum DeviceError: Error, Sendable, Equatable {
    /// The table has no such device.
    case unknown(name: String, nearest: [String])
    /// More devices than any machine has, or none.
    case countOutOfRange(name: String, count: String, limit: Int)
}

extension DeviceError: CustomStringConvertible {
    /// What is wrong, and what to give instead.
    package var description: String {
        switch self {
        case .unknown(let name, let nearest):
            "the device \(name) is not in the table; did you mean \(nearest.joined(separator: ", "))? "
                + "Any other is given by its memory: --memory 24GiB"
        case .countOutOfRange(let name, let count, let limit):
            "\(name) asks for \(count) devices; give 1 to \(limit)"
        }
    }
}
