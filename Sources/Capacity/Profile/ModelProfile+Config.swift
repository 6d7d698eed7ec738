package import JSON

extension ModelProfile {
    /// Profiles a model by its config.json alone: layers, parameters and weights follow from the architecture.
    ///
    /// - Parameters:
    ///   - config: The file's content; a multimodal model's decoder may be nested in it.
    ///   - name: What the model is called, for people.
    ///   - quantization: vLLM's `--quantization`; what the checkpoint itself says goes before it.
    ///   - weightsBytes: The weights' real size, where it is known: the shares stay those of the formula.
    /// - Throws: ``ProfileError`` naming the key that is missing or wrong.
    package init(
        config: JSONValue, name: String, quantization: String? = nil, weightsBytes: Int? = nil
    ) throws(ProfileError) {
        let reader = try ConfigReader(config)
        let shape = try DecoderShape(reader)
        var tally = WeightTally(format: try WeightFormat(reader, quantization: quantization))
        shape.count(into: &tally)
        let vision = try VisionTower(config, decoderSize: shape.hiddenSize)
        vision?.count(into: &tally)
        let total = try tally.total()
        self.init(
            name: name, family: shape.family, parameterCount: total.parameters, hiddenSize: shape.hiddenSize,
            feedForwardSize: shape.widestFeedForward, headCount: shape.headCount,
            keyValueHeadCount: shape.keyValueHeadCount, vocabularySize: shape.vocabularySize,
            contextLength: shape.contextLength, layers: [],
            weights: weightsBytes.map(total.weights.scaled(to:)) ?? total.weights)
        for layer in shape.layers { layers.append(try layer.state()) }
        experts = try shape.experts(reader)
        self.vision = vision?.profile
        isKnownFamily = FamilyTraits.knows(shape.family)
    }
}

extension DecoderShape {
    /// The widest feed-forward network: a dense one, or an expert where all layers are mixtures.
    fileprivate var widestFeedForward: Int {
        layers.reduce(0) { widest, layer in
            switch layer.feedForward {
            case .none: widest
            case .dense(let width): max(widest, width)
            case .mixture(_, let width, let shared): max(widest, width, shared)
            }
        }
    }

    /// The most key-value heads of a layer; a latent layer's one vector serves all heads.
    fileprivate var keyValueHeadCount: Int {
        layers.reduce(1) { most, layer in
            if case .attention(let attention) = layer.mixer {
                max(most, attention.keyValueHeadCount)
            } else {
                most
            }
        }
    }

    fileprivate func experts(_ config: ConfigReader) throws(ProfileError) -> ExpertProfile? {
        for layer in layers {
            guard case .mixture(_, let width, _) = layer.feedForward else { continue }
            let used = try config.integer(
                "num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k")
            return ExpertProfile(usedCount: used ?? 2, feedForwardSize: width)
        }
        return nil
    }
}

extension WeightProfile {
    /// The same shares of another total.
    func scaled(to bytes: Int) -> WeightProfile {
        let ratio = Double(bytes) / Double(max(1, totalBytes))
        // A share of a total is at most the total, so the products fit.
        let keyValue = min(bytes, Int(Double(keyValueBytes) * ratio))
        let replicated = min(bytes - keyValue, Int(Double(replicatedBytes) * ratio))
        return WeightProfile(
            shardedBytes: bytes - keyValue - replicated, keyValueBytes: keyValue, replicatedBytes: replicated,
            quantization: quantization)
    }
}
