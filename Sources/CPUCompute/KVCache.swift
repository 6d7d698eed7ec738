import CKernels
import Compute

/// Keys and values of all layers in one reservation: `[layer][block][KV head]`, inside as `nt_layers.h` says.
final class KVCache {
    /// The largest head that the kernels take.
    static let headDimensionMax = 256

    /// What it was made for.
    let shape: KVCacheShape
    /// Bytes that a block takes in one layer.
    let blockBytes: Int
    private let memory: AnonymousMemory
    private let layerBytes: Int

    /// Reserves the cache; the system gives it pages as blocks are first written.
    init(_ shape: KVCacheShape) throws(ComputeError) {
        guard shape.headDimension > 0, shape.headDimension % 8 == 0,
            shape.headDimension <= Self.headDimensionMax
        else {
            throw ComputeError(
                "heads of \(shape.headDimension): must be a multiple of 8, \(Self.headDimensionMax) at most")
        }
        guard shape.keyValueHeadCount > 0, shape.headCount > 0, shape.headCount % shape.keyValueHeadCount == 0
        else {
            throw ComputeError(
                "\(shape.headCount) heads cannot share \(shape.keyValueHeadCount) KV heads in equal groups")
        }
        let (bytes, overflow) = shape.bytesPerBlock.multipliedReportingOverflow(by: shape.blockCount)
        guard !overflow, shape.layerCount > 0, shape.blockCount > 0, shape.blockCount <= Int(Int32.max) else {
            throw ComputeError(
                "a KV cache of \(shape.layerCount) layers and \(shape.blockCount) blocks is not possible")
        }
        self.shape = shape
        memory = try AnonymousMemory(byteCount: bytes, purpose: "a KV cache of \(shape.blockCount) blocks")
        layerBytes = bytes / shape.layerCount
        blockBytes = layerBytes / shape.blockCount
        precondition(
            blockBytes == shape.keyValueHeadCount
                * nt_kv_head_bytes(shape.type.kernelType, shape.headDimension),
            "the kernels lay blocks out in as many bytes as the shape says")
    }

    /// The first block of a layer.
    func layer(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(index < shape.layerCount, "layer \(index) of \(shape.layerCount)")
        return memory.base + index * layerBytes
    }

    /// How numbers are stored, for the kernels.
    var type: nt_kv_type { shape.type.kernelType }
}

extension KVCacheType {
    /// The kernels' name for it.
    fileprivate var kernelType: nt_kv_type {
        switch self {
        case .f16: NT_KV_F16
        case .bf16: NT_KV_BF16
        case .q8_0: NT_KV_Q8_0
        }
    }
}
