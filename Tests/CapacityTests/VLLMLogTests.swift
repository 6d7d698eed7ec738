import Capacity
// Foundation decodes the golden file.
import Foundation
import Testing

/// A public start-up log: the settings, and the tokens that vLLM reported; the shapes are the model's public ones.
struct StartupLog: Decodable, Sendable, CustomTestStringConvertible {
    struct Config: Decodable, Sendable {
        var layers, hidden, feedForward, heads, keyValueHeads, headSize, vocabulary, context: Int
        var tied: Bool
        var experts, expertsUsed, expertFeedForward: Int?
        var visionHidden, visionFeedForward, visionPatch, visionPatchesMax: Int?
        var extraParameters: Int?
    }

    var name, grade, quantization: String
    var minor, ranks, contextLength, blockSize, tokens: Int
    var legacy: Bool
    var memoryGiB, utilization, linearBits: Double
    var sequencesMax, stepTokensMax: Int?
    var enforcesEager, onCPU: Bool?
    var config: Config

    var testDescription: String { name }

    static let all: [StartupLog] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/kv-logs.json")
        do {
            return try JSONDecoder().decode([StartupLog].self, from: Data(contentsOf: file))
        } catch {
            Issue.record("\(error)")
            return []
        }
    }()

    func plan() throws -> CapacityPlan {
        var profile = Shapes.llamaLike(
            name: name, layers: config.layers, hidden: config.hidden,
            feedForward: config.expertFeedForward ?? config.feedForward, heads: config.heads,
            keyValueHeads: config.keyValueHeads, headSize: config.headSize, vocabulary: config.vocabulary,
            context: config.context, tied: config.tied, experts: config.experts ?? 1, linearBits: linearBits,
            quantization: quantization, extraParameters: config.extraParameters ?? 0)
        if let used = config.expertsUsed, let width = config.expertFeedForward {
            profile.experts = ExpertProfile(usedCount: used, feedForwardSize: width)
        }
        if let hidden = config.visionHidden, let feedForward = config.visionFeedForward,
            let patch = config.visionPatch, let patches = config.visionPatchesMax
        {
            profile.vision = VisionProfile(
                hiddenSize: hidden, feedForwardSize: feedForward, patchSize: patch, patchesMax: patches)
        }
        var request = PlanRequest(
            profile: profile, deviceName: name, deviceBytes: Int(memoryGiB * Double(1 << 30)),
            deviceCount: ranks)
        request.engine = .vllm(major: 0, minor: minor)
        request.usesLegacyEngine = legacy
        request.deviceKind = onCPU == true ? .cpu : .gpu
        request.utilization = utilization
        request.tensorParallelSize = ranks
        request.contextLength = contextLength
        request.blockSize = blockSize
        request.sequencesMax = sequencesMax
        request.stepTokensMax = stepTokensMax
        request.enforcesEager = enforcesEager ?? false
        return try CapacityPlanner.plan(request)
    }

    /// How far the prediction is off, as a share of what was reported.
    func error(of plan: CapacityPlan) -> Double {
        (Double(plan.kvTokens) - Double(tokens)) / Double(tokens)
    }
}

@Suite struct VLLMLogTests {
    /// Logs that the causes we know do not explain, and how far off their predictions are at most.
    ///
    /// On the T4s 3 GiB a rank went to something that no other log shows; the image encoder's largest video and NCCL
    /// between four cards are estimates; the L4's version is inferred.
    private static let outliers = [
        "deepseek-coder-6.7b, 2x T4": 1.6, "Qwen3-VL-30B-A3B, 4x RTX 3090": 0.2, "Mistral-7B-v0.3, L4": 0.3,
    ]

    @Test("The tokens that vLLM reported are predicted within 15 %", arguments: StartupLog.all)
    func predicts(log: StartupLog) throws {
        let plan = try log.plan()
        let error = abs(log.error(of: plan))
        #expect(error < Self.outliers[log.name] ?? 0.15, "predicted \(plan.kvTokens), reported \(log.tokens)")
    }

    @Test("Half of the predictions are within 5 %, and all but the T4s' within their own error band")
    func predictsWithinBands() throws {
        var errors: [Double] = []
        for log in StartupLog.all {
            let plan = try log.plan()
            let error = abs(log.error(of: plan))
            errors.append(error)
            if !log.name.hasSuffix("T4") || log.ranks == 1 {
                #expect(error <= plan.errorBand, "\(log.name): \(error), band \(plan.errorBand)")
            }
        }
        errors.sort()
        #expect(errors.count == 16)
        #expect(errors[errors.count / 2] < 0.05)
    }
}
