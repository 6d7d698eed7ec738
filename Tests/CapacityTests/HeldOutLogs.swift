import Capacity
// Foundation reads the golden file.
import Foundation
import Testing

/// Start-up logs that were collected when the planner's constants were already chosen, each with the model's own
/// config.json: `Golden/holdout-logs.csv`, sources in its last column.
struct HeldOutLog: Sendable, CustomTestStringConvertible {
    var name, grade, config, device: String
    var minor, ranks, contextLength, tokens: Int
    var isLegacy, enforcesEager: Bool
    var memoryGiB, utilization: Double
    var sequencesMax, stepTokensMax: Int?

    var testDescription: String { name }

    static let all: [HeldOutLog] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Golden/holdout-logs.csv")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            Issue.record("\(file.path) cannot be read")
            return []
        }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            let log = HeldOutLog(line)
            if log == nil { Issue.record("a line that is no log: \(line)") }
            return log
        }
    }()

    private init?(_ line: Substring) {
        let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 15, let minor = Int(fields[3]), let memory = Double(fields[6]),
            let utilization = Double(fields[7]), let ranks = Int(fields[8]), let context = Int(fields[9]),
            let tokens = Int(fields[13])
        else { return nil }
        (name, grade, config, device) = (fields[0], fields[1], fields[2], fields[5])
        (self.minor, self.ranks, self.tokens) = (minor, ranks, tokens)
        (memoryGiB, self.utilization, contextLength) = (memory, utilization, context)
        isLegacy = fields[4] == "1"
        (sequencesMax, stepTokensMax) = (Int(fields[10]), Int(fields[11]))
        enforcesEager = fields[12] == "1"
    }

    func plan() throws -> CapacityPlan {
        var request = PlanRequest(
            profile: try ProfileConfigTests.profile(config), deviceName: device,
            deviceBytes: Int(memoryGiB * Double(1 << 30)), deviceCount: ranks)
        request.engine = .vllm(major: 0, minor: minor)
        request.usesLegacyEngine = isLegacy
        request.utilization = utilization
        request.tensorParallelSize = ranks
        request.contextLength = contextLength
        request.sequencesMax = sequencesMax
        request.stepTokensMax = stepTokensMax
        request.enforcesEager = enforcesEager
        return try CapacityPlanner.plan(request)
    }
}
