/// What changed in how vLLM measures memory from one version to the next.
struct VLLMVersion: Sendable, Comparable {
    var major: Int
    var minor: Int

    static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    private func isAtLeast(_ minor: Int) -> Bool { self >= VLLMVersion(major: 0, minor: minor) }

    /// The share of memory that may be used, where nobody says.
    var utilizationDefault: Double { isAtLeast(19) ? 0.92 : 0.9 }
    /// How peak memory is found after the profile run.
    var accounting: Accounting { isAtLeast(7) ? .peak : isAtLeast(6) ? .peakAndContext : .reserved }
    /// Whether a prompt over 32768 tokens is profiled in chunks although nobody asked for chunks.
    var chunksLongPrompts: Bool { isAtLeast(6) }
    /// Whether layers with a sliding window keep the window alone.
    var storesWindowsOnly: Bool { isAtLeast(11) }
    /// Whether the capacity in tokens is derived from the concurrency, which matters for hybrids.
    var derivesTokensFromConcurrency: Bool { isAtLeast(21) }
    /// Whether an estimate of the CUDA graphs is subtracted before the KV cache is sized.
    var subtractsGraphs: Bool { isAtLeast(21) }
    /// Whether the sampler filters without sorting the vocabulary.
    var samplesWithoutSorting: Bool { isAtLeast(17) }
    /// Whether the second model runner serves plain decoders; its profile run samples without filters.
    var hasSecondRunner: Bool { isAtLeast(26) }
    /// Whether the new engine counts all that is taken of the device, the driver's context included.
    var countsContext: Bool { !isAtLeast(9) }
    /// Whether the old engine does: at first it compared with the whole device, then for a while with what was free once
    /// the context was there, and 0.6.4 again with the whole.
    var oldEngineCountsContext: Bool { !isAtLeast(4) || (isAtLeast(6) && !isAtLeast(7)) }
    /// Whether the new engine samples without sorting where FlashInfer is installed, which nothing here tells.
    var mayHaveFlashInfer: Bool { isAtLeast(10) && !isAtLeast(12) }
    /// Whether what the weights take is found from free memory, which counts what the allocator keeps.
    var countsFreeMemory: Bool { isAtLeast(27) }
    /// Whether a mixture's experts and AWQ's products are computed one at a time over whole prompts.
    var lacksFusedKernels: Bool { !isAtLeast(3) }
    /// Whether an encoder is profiled with a video where one may be larger than any image.
    var profilesVideos: Bool { isAtLeast(11) && !isAtLeast(13) }
    /// Whether the KV cache may be fp8.
    var hasHalvedCache: Bool { isAtLeast(3) }

    /// Whether the old engine runs, which profiles one whole prompt unless chunks are on.
    func usesLegacyEngine(asked: Bool) -> Bool { !isAtLeast(8) || (asked && !isAtLeast(11)) }

    enum Accounting {
        /// Free memory before and after: what the allocator holds on to counts in full.
        case reserved
        /// The allocator's peak, and what the driver's context took.
        case peakAndContext
        /// The allocator's peak; the context was made before the first measurement.
        case peak
    }
}
