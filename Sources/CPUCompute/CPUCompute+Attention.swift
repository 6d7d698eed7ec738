import CKernels
package import Compute

extension CPUCompute {
    package func rotateAndStore(_ qkv: ActivationID, rope: RopeTable, layer: Int) {
        guard let cache else { preconditionFailure("no KV cache was made") }
        let shape = cache.shape
        let (cosines, sines) = (vectors[rope.cosines.rawValue], vectors[rope.sines.rawValue])
        precondition(
            rope.dimension <= shape.headDimension && rope.dimension % 2 == 0, "rotation stays in the head")
        if let last = step.positions.max() {
            precondition(
                (Int(last) + 1) * (rope.dimension / 2) <= cosines.count, "no angles for position \(last)")
        }
        let columns = (shape.headCount + 2 * shape.keyValueHeadCount) * shape.headDimension
        let rows = RowRanges(count: step.count, columns: columns)
        let elements = activation(qkv, columns: columns)
        step.positions.withUnsafeBufferPointer { positions in
            step.slots.withUnsafeBufferPointer { slots in
                guard let positions = positions.baseAddress, let slots = slots.baseAddress else { return }
                let job = StoreJob(
                    rows: rows, elements: elements, positions: positions, slots: slots, cosines: cosines.base,
                    sines: sines.base, dimension: rope.dimension, isInterleaved: rope.isInterleaved,
                    headCount: shape.headCount, keyValueHeadCount: shape.keyValueHeadCount,
                    headDimension: shape.headDimension, type: cache.type, blocks: cache.layer(layer),
                    blockBytes: cache.blockBytes)
                pool.run(job, count: rows.taskCount) { $0?.load(as: StoreJob.self).run(task: $1) }
            }
        }
    }

    package func attend(
        _ qkv: ActivationID, layer: Int, scale: Float, window: Int?, into output: ActivationID
    ) {
        guard let cache else { preconditionFailure("no KV cache was made") }
        let shape = cache.shape
        let width = shape.headCount * shape.headDimension
        let columns = width + 2 * shape.keyValueHeadCount * shape.headDimension
        planAttention(shape, window: window)
        let (queries, out) = (activation(qkv, columns: columns), activation(output, columns: width))
        step.blockTables.withUnsafeBufferPointer { tables in
            let attention = nt_attention(
                queries: queries, query_stride: columns, out: out, out_stride: width,
                cache: cache.layer(layer),
                type: cache.type, heads: shape.headCount, kv_heads: shape.keyValueHeadCount,
                head_dimension: shape.headDimension, scale: scale, window: window ?? Int.max,
                rounds: roundsAttention, block_tables: tables.baseAddress, partials: partials.base)
            run(plan.items, of: attention) { $0?.load(as: AttentionJob.self).attend(task: $1) }
            run(plan.merges, of: attention) { $0?.load(as: AttentionJob.self).merge(task: $1) }
        }
    }

    /// Makes the plan for the step and the window, unless there is one.
    private func planAttention(_ shape: KVCacheShape, window: Int?) {
        guard plannedWindow != .some(window) else { return }
        plan.make(step.runs, shape: shape, window: window, threads: threadCount)
        partials.grow(to: plan.partialCount * nt_partial_elements(shape.headDimension))
        plannedWindow = .some(window)
    }

    private func run(_ items: [nt_attention_item], of attention: nt_attention, _ task: nt_task) {
        items.withUnsafeBufferPointer { items in
            guard let first = items.baseAddress else { return }
            pool.run(AttentionJob(attention: attention, items: first), count: items.count, task)
        }
    }
}

/// Rows whose queries and keys rotate, and whose keys and values go into the cache.
private struct StoreJob: BitwiseCopyable {
    var rows: RowRanges
    var elements: UnsafeMutablePointer<Float>
    var positions: UnsafePointer<Int32>
    var slots: UnsafePointer<Int>
    var cosines: UnsafeMutablePointer<Float>
    var sines: UnsafeMutablePointer<Float>
    var dimension: Int
    var isInterleaved: Bool
    var headCount: Int
    var keyValueHeadCount: Int
    var headDimension: Int
    var type: nt_kv_type
    var blocks: UnsafeMutableRawPointer
    var blockBytes: Int

    func run(task: Int) {
        for row in rows[task] {
            let queries = elements + row * rows.columns
            let keys = queries + headCount * headDimension
            let angles = Int(positions[row]) * (dimension / 2)
            nt_rope(
                queries, headCount + keyValueHeadCount, headDimension, cosines + angles, sines + angles,
                dimension,
                isInterleaved)
            let (block, place) = slots[row].quotientAndRemainder(dividingBy: KVCacheShape.blockTokens)
            nt_store_kv(
                type, keys, keys + keyValueHeadCount * headDimension, keyValueHeadCount, headDimension, place,
                blocks + block * blockBytes)
        }
    }
}

/// One layer's attention, a task an item of the plan.
private struct AttentionJob: BitwiseCopyable {
    var attention: nt_attention
    var items: UnsafePointer<nt_attention_item>

    func attend(task: Int) {
        withUnsafePointer(to: attention) { nt_attend($0, items + task) }
    }

    func merge(task: Int) {
        withUnsafePointer(to: attention) { nt_merge_splits($0, items + task) }
    }
}
