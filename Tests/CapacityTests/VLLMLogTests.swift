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
        var visionHidden, visionFeedForward, visionPatch, visionPatchesMax, visionOutputNumbers: Int?
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
                hiddenSize: hidden, feedForwardSize: feedForward, patchSize: patch, patchesMax: patches,
                outputNumbersMax: config.visionOutputNumbers ?? 0)
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
    /// What was predicted for one log.
    private struct Outcome {
        var name, grade: String
        var reported, predicted: Int
        var band: Double
        var error: Double { (Double(predicted) - Double(reported)) / Double(reported) }
    }

    /// Logs that the causes we know do not explain, and how far off their predictions are at most: on the T4s 3 GiB a
    /// rank went to something that no other log shows; the sequences on the card of 8 GB are inferred; 0.5.5 kept
    /// less of freed buffers than versions before it.
    private static let outliers = [
        "deepseek-coder-6.7b, 2x T4": 1.7, "Qwen2.5-0.5B LLM class · 8 GB · 0.8.5": 0.3,
        "Llama-3.1-8B · L4 · 0.5.5": 0.35,
    ]

    private func outcomes() throws -> [Outcome] {
        let seen = try StartupLog.all.map { log in
            let plan = try log.plan()
            return Outcome(
                name: log.name, grade: log.grade, reported: log.tokens, predicted: plan.kvTokens,
                band: plan.errorBand)
        }
        let heldOut = try HeldOutLog.all.map { log in
            let plan = try log.plan()
            return Outcome(
                name: log.name, grade: log.grade, reported: log.tokens, predicted: plan.kvTokens,
                band: plan.errorBand)
        }
        return seen + heldOut
    }

    private func table(_ outcomes: [Outcome]) -> String {
        func percent(_ share: Double) -> String { String(format: "%+.1f %%", share * 100) }
        return outcomes.sorted { abs($0.error) > abs($1.error) }.map {
            "\(percent($0.error)) (band \(percent($0.band))) \($0.grade) \($0.name): predicted \($0.predicted), "
                + "reported \($0.reported)"
        }.joined(separator: "\n")
    }

    private func median(_ outcomes: [Outcome]) -> Double {
        outcomes.map { abs($0.error) }.sorted()[outcomes.count / 2]
    }

    @Test("The tokens that vLLM reported are predicted within 15 %, and within 10 % where a log was held out")
    func predicts() throws {
        let outcomes = try outcomes()
        for outcome in outcomes {
            let isHeldOut = HeldOutLog.all.contains { $0.name == outcome.name }
            let limit = Self.outliers[outcome.name] ?? (isHeldOut ? 0.1 : 0.15)
            #expect(abs(outcome.error) < limit, "\(outcome.name)\n\(table(outcomes))")
        }
    }

    @Test("Half of the predictions are within 5 %, and of those for held-out logs within 2 %")
    func predictsClosely() throws {
        let outcomes = try outcomes()
        #expect(outcomes.count == 16 + 39)
        #expect(median(outcomes) < 0.05, "\(table(outcomes))")
        let heldOut = outcomes.filter { outcome in HeldOutLog.all.contains { $0.name == outcome.name } }
        #expect(heldOut.count == 39)
        #expect(median(heldOut) < 0.02, "\(table(heldOut))")
    }

    @Test(
        "What was reported lies within the error band of all but the T4s' prediction, and no band is absurd")
    func predictsWithinBands() throws {
        let outcomes = try outcomes()
        for outcome in outcomes where outcome.name != "deepseek-coder-6.7b, 2x T4" {
            #expect(abs(outcome.error) <= outcome.band, "\(outcome.name)\n\(table(outcomes))")
        }
        let bands = outcomes.map(\.band).sorted()
        #expect(bands[bands.count / 2] < 0.1, "\(bands)")
    }

    @Test("Our own plan has no error band")
    func plansOursExactly() throws {
        for log in HeldOutLog.all {
            var request = try log.plan().request
            request.engine = .needletail
            #expect(try CapacityPlanner.plan(request).errorBand == 0)
        }
    }
}
