/// Room for f32 numbers, aligned for vectors; its contents are undefined until written.
final class FloatBuffer {
    private(set) var base: UnsafeMutablePointer<Float>
    private(set) var count: Int

    /// Takes room for `count` numbers.
    init(count: Int) {
        self.count = count
        base = Self.allocate(count)
    }

    deinit { base.deallocate() }

    /// Makes room for at least `count` numbers; the contents are lost where it grows.
    func grow(to count: Int) {
        guard count > self.count else { return }
        base.deallocate()
        base = Self.allocate(count)
        self.count = count
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
            .bindMemory(to: Float.self, capacity: count)
    }
}
