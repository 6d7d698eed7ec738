/// Devices of one kind, as `--gpu` names them: `A100-80GBx2`.
package struct DeviceGroup: Sendable, Hashable {
    /// The most devices of one group.
    package static let countMax = 1024

    package let device: Device
    /// How many, where it was said.
    package let count: Int?

    /// Reads `NAME`, `NAMExN` or `NxNAME`; a name that ends like a count (`rtx4090`) is a name.
    ///
    /// - Throws: ``DeviceError`` for a name that the table does not have, or a count that is out of range.
    package init(_ text: String) throws(DeviceError) {
        if let device = try? Device.named(text) {
            (self.device, count) = (device, nil)
            return
        }
        for (name, digits) in Self.splits(of: text) {
            guard let device = try? Device.named(name) else { continue }
            guard let count = Int(digits), (1...Self.countMax).contains(count) else {
                throw .countOutOfRange(name: text, count: digits, limit: Self.countMax)
            }
            (self.device, self.count) = (device, count)
            return
        }
        (device, count) = (try Device.named(Self.splits(of: text).first?.name ?? text), nil)
    }

    /// The ways to take a text apart into a name and a count.
    private static func splits(of text: String) -> [(name: String, digits: String)] {
        let trailing = text.reversed().prefix(while: \.isNumber).count
        let leading = text.prefix(while: \.isNumber).count
        var splits: [(name: String, digits: String)] = []
        for mark in ["x", "X", "×", "*"] {
            if trailing > 0, text.dropLast(trailing).hasSuffix(mark) {
                splits.append((String(text.dropLast(trailing + 1)), String(text.suffix(trailing))))
            }
            if leading > 0, text.dropFirst(leading).hasPrefix(mark) {
                splits.append((String(text.dropFirst(leading + 1)), String(text.prefix(leading))))
            }
        }
        return splits.filter { !$0.name.isEmpty }
    }
}
