import JSON

/// The image encoder of a multimodal model as its config describes it.
struct VisionTower {
    let profile: VisionProfile
    private let depth: Int
    private let patchNumbers: Int
    private let positionRows: Int
    private let isGated: Bool
    /// Patches that one token is made of, per side.
    private let mergeSide: Int
    private let mergerCount: Int
    private let outputSize: Int
    private let hasPatchBias: Bool
    private let hasSingleProjection: Bool

    /// Reads `vision_config`; nil where there is none.
    init?(_ root: JSONValue, decoderSize: Int) throws(ProfileError) {
        guard let vision = root["vision_config"], vision.objectValue != nil else { return nil }
        let config = try ConfigReader(vision)
        let family = config.family
        let widths = ConfigReader.widths
        // Qwen2-VL calls the decoder's width hidden_size, and the tower's embed_dim.
        let width = try config.integer("embed_dim", "hidden_size", "width", in: widths) ?? 1024
        depth = try config.integer("depth", "num_hidden_layers", "layers", in: 1...4096) ?? 24
        let side = try config.integer("patch_size", "spatial_patch_size", in: 1...4096) ?? 14
        let frames = try config.integer("temporal_patch_size", in: 1...1024) ?? 1
        let channels = try config.integer("in_channels", "in_chans", "num_channels", in: 1...1024) ?? 3
        let isQwen = family.hasPrefix("qwen") || root["model_type"]?.stringValue?.hasPrefix("qwen") == true
        let isQwen2 = isQwen && root["model_type"]?.stringValue?.hasPrefix("qwen2") == true
        let ratio = try config.integer("mlp_ratio", in: 1...1024) ?? 4
        let feedForward = try config.integer("intermediate_size") ?? width * ratio
        isGated = root["model_type"]?.stringValue?.hasPrefix("qwen2_5_vl") == true
        mergeSide = isQwen ? try config.integer("spatial_merge_size", in: 1...64) ?? 2 : 1
        mergerCount = 1 + (try config.integers("deepstack_visual_indexes")?.count ?? 0)
        outputSize = try config.integer("out_hidden_size") ?? decoderSize
        patchNumbers = channels * frames * side * side
        let image = try config.integer("image_size", in: 1...65_536) ?? 336
        let perSide = max(1, image / side)
        let rows = try config.integer("num_position_embeddings") ?? perSide * perSide
        positionRows = isQwen2 ? 0 : rows
        hasPatchBias = !isQwen2
        hasSingleProjection = root["model_type"]?.stringValue == "gemma3"
        let patchesMax = isQwen ? 65_536 : perSide * perSide
        let (outputWidth, first) = outputSize.multipliedReportingOverflow(by: mergerCount)
        let (outputs, second) = (patchesMax / (mergeSide * mergeSide)).multipliedReportingOverflow(
            by: outputWidth)
        guard !first, !second else { throw .tooLarge(quantity: "the image encoder's output") }
        var profile = VisionProfile(
            hiddenSize: width, feedForwardSize: feedForward, patchSize: patchNumbers, patchesMax: patchesMax,
            outputNumbersMax: outputs)
        // The processor of Qwen3-VL bounds a video by 25 165 824 pixels, each patch 16 to a side.
        if root["model_type"]?.stringValue?.hasPrefix("qwen3_vl") == true { profile.videoPatchesMax = 98_304 }
        self.profile = profile
    }

    /// Adds up the tower's weights: patches, layers, and the projection into the decoder. Ranks share its projections:
    /// vLLM shards them as it does the decoder's (`mm_encoder_tp_mode` is `weights`), and holds the patches' embedding
    /// and the positions whole.
    func count(into tally: inout WeightTally) {
        let (width, feedForward) = (profile.hiddenSize, profile.feedForwardSize)
        tally.project("visual.patch_embed", from: patchNumbers, to: width, bias: hasPatchBias, .replicated)
        tally.numbers(positionRows * width)
        for index in 0..<depth {
            let path = "visual.blocks.\(index)."
            tally.project(path + "attn.qkv", from: width, to: 3 * width, bias: true)
            tally.project(path + "attn.proj", from: width, to: width, bias: true)
            let matrices = isGated ? ["gate_proj", "up_proj"] : ["fc1"]
            for name in matrices {
                tally.project(path + "mlp." + name, from: width, to: feedForward, bias: true)
            }
            tally.project(path + "mlp.down_proj", from: feedForward, to: width, bias: true)
            tally.numbers((isGated ? 2 : 4) * width)
        }
        guard mergeSide > 1 else {
            countProjector(into: &tally)
            return
        }
        let merged = width * mergeSide * mergeSide
        tally.project(
            "visual.merger.fc1", from: merged, to: merged, copies: mergerCount, bias: true)
        tally.project(
            "visual.merger.fc2", from: merged, to: outputSize, copies: mergerCount, bias: true)
        tally.numbers((isGated ? 1 : 2) * width + (mergerCount - 1) * 2 * merged)
    }

    /// The projection of single patches: two layers in LLaVA, one matrix in Gemma 3.
    private func countProjector(into tally: inout WeightTally) {
        let width = profile.hiddenSize
        tally.numbers(2 * width)
        if hasSingleProjection {
            tally.numbers(width)
            tally.project("multi_modal_projector", from: width, to: outputSize)
        } else {
            tally.project("multi_modal_projector.fc1", from: width, to: outputSize, bias: true)
            tally.project(
                "multi_modal_projector.fc2", from: outputSize, to: outputSize, bias: true)
        }
    }
}
