/// The most that a model's files may ask for; what exceeds a limit is refused before it costs memory or stack.
package struct ModelFileLimits: Sendable {
    /// Key-value pairs in a GGUF file.
    package var metadataCountMax = 65_536
    /// Bytes of a GGUF metadata key; the specification's own limit.
    package var keyBytesMax = 65_535
    /// Bytes of one string in GGUF metadata.
    package var stringBytesMax = 64 << 20
    /// Elements of one array in GGUF metadata.
    package var arrayCountMax = 1 << 26
    /// Arrays in arrays in GGUF metadata.
    package var arrayDepthMax = 4
    /// Tensors in one file.
    package var tensorCountMax = 262_144
    /// Bytes of a tensor's name.
    package var tensorNameBytesMax = 512
    /// Dimensions of a tensor; GGML's own limit.
    package var dimensionsMax = 4
    /// GGUF's alignment of tensor data in bytes.
    package var alignmentMax = 1 << 24
    /// Files that one model is split into.
    package var partsMax = 65_535
    /// Bytes of a safetensors header; the format's own limit.
    package var safetensorsHeaderBytesMax = 100_000_000
    /// Bytes of a JSON or template file in a model folder.
    package var textFileBytesMax = 256 << 20
    /// Transformer blocks.
    package var layersMax = 4096
    /// Heads, widths and vocabulary, each.
    package var widthMax = 1 << 24
    /// Tokens of context, as the model states it.
    package var contextLengthMax = 1 << 30

    /// The limits by default: far above any model known, far below what would exhaust a machine.
    package init() {}
}
