import CKernels

/// The nodes of a machine whose memory is nearer to some processors than to others (NUMA).
package struct MemoryNodes: Equatable {
    /// A bit for each node with memory; those beyond 63 are left out.
    package let bits: UInt64

    /// This machine's.
    package static let here = MemoryNodes()

    /// Looks at the system. `root` is where `/sys` lies, for tests.
    package init(root: String = "") {
        let text = Processors.text(of: "\(root)/sys/devices/system/node/has_memory") ?? "0"
        bits = text.split(separator: ",").reduce(0) { bits, part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, 0...63 ~= first, first <= last else {
                return bits
            }
            return (first...min(last, 63)).reduce(bits) { $0 | 1 << UInt64($1) }
        }
    }

    /// Spreads pages that do not exist yet over all nodes, where there are several.
    ///
    /// Every thread reads all weights in turn, and any sequence's cache: spread evenly, they are read with all nodes' memory
    /// channels at once. Without effect where the system will not: its own placement serves too.
    func spread(_ base: UnsafeMutableRawPointer, byteCount: Int) {
        guard bits.nonzeroBitCount > 1, byteCount > 0 else { return }
        _ = nt_interleave(base, byteCount, bits)
    }
}
