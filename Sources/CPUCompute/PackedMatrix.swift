import CKernels
import Compute
import Tensors

/// A weight matrix `[rows, columns]` in the kernels' layout: stacked segments, each with a type of its own.
struct PackedMatrix {
    /// Consecutive rows of one type. Its tiles begin with its first row.
    struct Segment {
        /// GGUF's number of the type.
        var type: UInt32
        var firstRow: Int
        var rows: Int
        var packed: UnsafeMutableRawPointer
        /// Where the activations packed for this type begin in the shared buffer.
        var activationOffset: Int
    }

    /// Tiles that one task multiplies.
    struct TileRange {
        var segment: Int
        var firstTile: Int
        var tileEnd: Int
    }

    /// Activations packed for one type; segments whose types allow it share them.
    struct ActivationFormat {
        var type: UInt32
        var offset: Int
    }

    let rows: Int
    let columns: Int
    private(set) var segments: [Segment] = []
    private(set) var formats: [ActivationFormat] = []
    private(set) var ranges: [TileRange] = []
    /// Bytes that the packed activations of ``tokensMax`` tokens take.
    private(set) var activationBytes = 0
    /// Bytes of the weights.
    private(set) var byteCount = 0

    /// The most tokens that are packed and multiplied at once, so that they stay in a core's cache.
    static let tokensMax = 32 * Int(NT_GROUP_TOKENS)

    private static let tilesARangeMax = 16
    /// Bytes of a file that are packed before their pages go.
    private static let partBytes = 16 << 20
    private static let rangesAThread = 8

    /// Packs the views' rows one view after another; their pages of the file go part by part.
    init(_ views: [TensorView], arena: inout Arena, pool: WorkerPool) throws(ComputeError) {
        guard let first = views.first else { throw ComputeError("a matrix needs a tensor") }
        columns = first.columns
        rows = views.reduce(0) { $0 + $1.rows }
        for view in views {
            try Self.check(view, columns: first.columns)
            try append(view, arena: &arena, pool: pool)
        }
        let tiles = segments.reduce(0) { $0 + nt_tiles($1.rows) }
        // Even, so that a range of gates is whole blocks of columns to the next product.
        let step = min(max(tiles / (Self.rangesAThread * pool.threadCount) / 2 * 2, 2), Self.tilesARangeMax)
        for (index, segment) in segments.enumerated() {
            let end = nt_tiles(segment.rows)
            for tile in stride(from: 0, to: end, by: step) {
                ranges.append(TileRange(segment: index, firstTile: tile, tileEnd: min(tile + step, end)))
            }
        }
    }

    /// Converts row `index` to f32.
    func row(_ index: Int, into output: UnsafeMutablePointer<Float>) {
        for segment in segments where index - segment.firstRow < segment.rows {
            nt_packed_row(segment.type, segment.packed, columns, index - segment.firstRow, output)
            return
        }
    }

    private static func check(_ view: TensorView, columns: Int) throws(ComputeError) {
        guard nt_type_supported(view.type.rawValue) else {
            throw ComputeError("\(view.name) is of type \(view.type.name), which has no kernel on the CPU")
        }
        guard columns > 0 else { throw ComputeError("\(view.name) has no columns") }
        guard view.columns == columns else {
            throw ComputeError("\(view.name) has \(view.columns) columns, those stacked above it \(columns)")
        }
    }

    private mutating func append(
        _ view: TensorView, arena: inout Arena, pool: WorkerPool
    ) throws(ComputeError) {
        let type = view.type.rawValue
        let bytes = nt_packed_bytes(type, view.rows, columns)
        let packed = try arena.take(byteCount: bytes)
        let firstRow = segments.last.map { $0.firstRow + $0.rows } ?? 0
        segments.append(
            Segment(
                type: type, firstRow: firstRow, rows: view.rows, packed: packed,
                activationOffset: format(type).offset))
        byteCount += bytes
        view.withBytes { source in
            guard let rows = source.baseAddress else { return }
            // In parts, so that never more than one of them is in memory twice.
            let rowBytes = nt_type_bytes(type, columns), tileBytes = rowBytes * Int(NT_TILE_ROWS)
            let part = max(1, Self.partBytes / (tileBytes * Self.tilesARangeMax)) * Self.tilesARangeMax
            for firstTile in stride(from: 0, to: nt_tiles(view.rows), by: part) {
                let tileEnd = min(firstTile + part, nt_tiles(view.rows))
                let job = PackJob(
                    type: type, rows: rows, rowCount: view.rows, columns: columns, packed: packed,
                    firstTile: firstTile, tileEnd: tileEnd)
                let tasks = (tileEnd - firstTile + Self.tilesARangeMax - 1) / Self.tilesARangeMax
                pool.run(job, count: tasks) { job, task in
                    guard let job = job?.load(as: PackJob.self) else { return }
                    let first = job.firstTile + task * PackedMatrix.tilesARangeMax
                    let end = min(first + PackedMatrix.tilesARangeMax, job.tileEnd)
                    nt_pack(job.type, job.rows, job.rowCount, job.columns, job.packed, first, end)
                }
                let end = view.range.lowerBound + min(tileEnd * tileBytes, view.rows * rowBytes)
                view.file.discard((view.range.lowerBound + firstTile * tileBytes)..<end)
            }
        }
    }

    /// The format that serves a type: one that an earlier segment uses, or a new one behind it.
    private mutating func format(_ type: UInt32) -> ActivationFormat {
        if let shared = formats.first(where: { nt_activations_shared($0.type, type) }) { return shared }
        let format = ActivationFormat(type: type, offset: activationBytes)
        formats.append(format)
        activationBytes += (nt_activation_bytes(type, Self.tokensMax, columns) + 63) & ~63
        return format
    }
}

/// Rows to repack.
private struct PackJob: BitwiseCopyable {
    var type: UInt32
    var rows: UnsafeRawPointer
    var rowCount: Int
    var columns: Int
    var packed: UnsafeMutableRawPointer
    var firstTile: Int
    var tileEnd: Int
}
