import Compute
import Glibc

/// Zeroed memory from the system, page-aligned, in huge pages where there are some, spread over all memory nodes.
///
/// Pages exist from their first touch: a reservation that is not used takes none.
final class AnonymousMemory {
    /// The first byte.
    let base: UnsafeMutableRawPointer
    /// How many bytes.
    let byteCount: Int

    /// Reserves memory; `purpose` is for the error's message, such as "the KV cache".
    init(byteCount: Int, purpose: String) throws(ComputeError) {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let base = mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, flags, -1, 0),
            base != MAP_FAILED
        else {
            throw ComputeError(
                "cannot reserve \(byteCount) bytes for \(purpose): \(String(cString: strerror(errno)))")
        }
        // Advice: where the system has no huge pages, small ones serve.
        madvise(base, byteCount, MADV_HUGEPAGE)
        MemoryNodes.here.spread(base, byteCount: byteCount)
        self.base = base
        self.byteCount = byteCount
    }

    deinit { munmap(base, max(byteCount, 1)) }
}

/// Hands out memory that lives as long as the arena, piece after piece.
struct Arena {
    private struct Slab {
        let memory: AnonymousMemory
        var used = 0
    }

    private static let slabBytes = 64 << 20
    private static let alignment = 4096

    private var slabs: [Slab] = []
    private let purpose: String

    /// Makes an empty arena; `purpose` is for error messages.
    init(purpose: String) { self.purpose = purpose }

    /// What was taken, together where it lies together.
    var pieces: [UnsafeMutableRawBufferPointer] {
        slabs.map { UnsafeMutableRawBufferPointer(start: $0.memory.base, count: $0.used) }
    }

    /// Takes zeroed bytes, page-aligned.
    mutating func take(byteCount: Int) throws(ComputeError) -> UnsafeMutableRawPointer {
        let rounded = (byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        if slabs.last.map({ $0.memory.byteCount - $0.used < rounded }) ?? true {
            let byteCount = max(rounded, Self.slabBytes)
            slabs.append(Slab(memory: try AnonymousMemory(byteCount: byteCount, purpose: purpose)))
        }
        let last = slabs.count - 1
        defer { slabs[last].used += rounded }
        return slabs[last].memory.base + slabs[last].used
    }
}
