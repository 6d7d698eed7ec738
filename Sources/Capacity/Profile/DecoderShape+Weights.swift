extension DecoderShape {
    /// Adds up all weights: embedding, layers, head.
    func count(into tally: inout WeightTally) {
        tally.numbers(vocabularySize * hiddenSize, .sharded)
        tally.numbers(positionRows * hiddenSize)
        let norm = traits.normNumbers * hiddenSize
        if traits.hasEmbeddingNorm { tally.numbers(norm) }
        for (index, layer) in layers.enumerated() {
            let path = "model.layers.\(index)."
            count(layer.mixer, path, into: &tally)
            count(layer.feedForward, path, into: &tally)
            if case .none = layer.feedForward {
                tally.numbers(norm)
            } else {
                tally.numbers(traits.normsPerLayer * norm)
            }
        }
        if traits.hasFinalNorm { tally.numbers(norm) }
        if !tiesEmbeddings {
            tally.numbers(vocabularySize * hiddenSize, .sharded)
            if traits.headBias { tally.numbers(vocabularySize, .sharded) }
        }
    }

    private func count(_ mixer: Mixer, _ path: String, into tally: inout WeightTally) {
        switch mixer {
        case .attention(let attention): count(attention, path + "self_attn.", into: &tally)
        case .latent(let latent): count(latent, path + "self_attn.", into: &tally)
        case .stateSpace(let space): count(space, path + "mixer.", into: &tally)
        case .linear(let linear): count(linear, path + "linear_attn.", into: &tally)
        }
    }

    private func count(_ attention: Attention, _ path: String, into tally: inout WeightTally) {
        let queries = attention.headCount * attention.headSize
        let keys = attention.keyValueHeadCount * attention.headSize
        let bias = traits.queryKeyValueBias
        tally.project(
            path + "q_proj", from: hiddenSize, to: traits.gatesQueries ? 2 * queries : queries, bias: bias)
        if case .none = attention.span {
        } else {
            tally.project(path + "k_proj", from: hiddenSize, to: keys, bias: bias, .keyValue)
            tally.project(path + "v_proj", from: hiddenSize, to: keys, bias: bias, .keyValue)
        }
        tally.project(path + "o_proj", from: queries, to: hiddenSize, bias: traits.outputBias)
        switch traits.queryKeyNorm {
        case .none: break
        case .perHead: tally.numbers(2 * attention.headSize)
        case .allHeads, .whole: tally.numbers(queries + keys)
        }
        tally.numbers(traits.sinksPerHead * attention.headCount, .sharded)
    }

    private func count(_ latent: LatentAttention, _ path: String, into tally: inout WeightTally) {
        let queries = latent.headCount * (latent.plainSize + latent.ropeSize)
        if let rank = latent.queryRank {
            tally.project(path + "q_a_proj", from: hiddenSize, to: rank, .replicated)
            tally.numbers(rank)
            tally.project(path + "q_b_proj", from: rank, to: queries)
        } else {
            tally.project(path + "q_proj", from: hiddenSize, to: queries)
        }
        tally.project(
            path + "kv_a_proj_with_mqa", from: hiddenSize, to: latent.rank + latent.ropeSize, .replicated)
        tally.numbers(latent.rank)
        tally.project(
            path + "kv_b_proj", from: latent.rank,
            to: latent.headCount * (latent.plainSize + latent.valueSize))
        tally.project(path + "o_proj", from: latent.headCount * latent.valueSize, to: hiddenSize)
    }

    private func count(_ space: StateSpace, _ path: String, into tally: inout WeightTally) {
        let inner = space.innerSize
        if let heads = space.headCount {
            let channels = inner + 2 * space.groupCount * space.stateSize
            tally.project(path + "in_proj", from: hiddenSize, to: inner + channels + heads)
            tally.numbers(channels * (space.kernelSize + 1) + 3 * heads + inner, .sharded)
        } else {
            tally.project(path + "in_proj", from: hiddenSize, to: 2 * inner)
            tally.project(path + "x_proj", from: inner, to: space.stepRank + 2 * space.stateSize)
            tally.project(path + "dt_proj", from: space.stepRank, to: inner, bias: true)
            tally.numbers(inner * (space.kernelSize + 1), .sharded)
            tally.numbers(inner * space.stateSize, .sharded)
            tally.numbers(inner, .sharded)
            if family == "jamba" { tally.numbers(space.stepRank + 2 * space.stateSize) }
        }
        tally.project(path + "out_proj", from: inner, to: hiddenSize)
    }

    private func count(_ linear: LinearAttention, _ path: String, into tally: inout WeightTally) {
        let keys = linear.keyHeadCount * linear.keySize
        let values = linear.valueHeadCount * linear.valueSize
        if linear.hasLowRankGates {
            tally.project(path + "qkv_proj", from: hiddenSize, to: 2 * keys + values)
            for gate in ["f", "g"] {
                tally.project(path + gate + "_a_proj", from: hiddenSize, to: linear.keySize, .replicated)
                tally.project(path + gate + "_b_proj", from: linear.keySize, to: values)
            }
            tally.project(path + "b_proj", from: hiddenSize, to: linear.valueHeadCount)
        } else {
            tally.project(path + "in_proj_qkvz", from: hiddenSize, to: 2 * keys + 2 * values)
            tally.project(path + "in_proj_ba", from: hiddenSize, to: 2 * linear.valueHeadCount)
        }
        tally.numbers((2 * keys + values) * linear.kernelSize, .sharded)
        tally.numbers(2 * linear.valueHeadCount, .sharded)
        tally.numbers(linear.valueSize)
        tally.project(path + "out_proj", from: values, to: hiddenSize)
    }

    private func count(_ feedForward: FeedForward, _ path: String, into tally: inout WeightTally) {
        switch feedForward {
        case .none: break
        case .dense(let width): count(path + "mlp.", width: width, copies: 1, into: &tally)
        case .mixture(let experts, let width, let sharedWidth):
            tally.numbers(experts * hiddenSize)
            if family == "gpt_oss" { tally.numbers(experts) }
            count(path + "mlp.experts.", width: width, copies: experts, into: &tally)
            guard sharedWidth > 0 else { return }
            count(path + "mlp.shared_expert.", width: sharedWidth, copies: 1, into: &tally)
            if family.hasPrefix("qwen") { tally.numbers(hiddenSize) }
        }
    }

    private func count(_ path: String, width: Int, copies: Int, into tally: inout WeightTally) {
        let bias = traits.feedForwardBias
        if traits.isGated {
            tally.project(path + "gate_proj", from: hiddenSize, to: width, copies: copies, bias: bias)
        }
        tally.project(path + "up_proj", from: hiddenSize, to: width, copies: copies, bias: bias)
        tally.project(path + "down_proj", from: width, to: hiddenSize, copies: copies, bias: bias)
    }
}
