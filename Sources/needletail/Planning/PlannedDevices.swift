import Capacity
import Diagnosis

/// The devices to plan for: of the table, of a given memory, or this machine.
struct PlannedDevices {
    /// One kind of device, and how many of it.
    struct Choice {
        let name: String
        let bytes: Int
        /// How many there are, where it was said.
        let count: Int?
        let kind: PlanRequest.DeviceKind
        let isOlderThanAmpere: Bool
    }

    /// Counts that are tried where nobody said one.
    static let countsTried = [1, 2, 4, 8]

    let choices: [Choice]
    /// Whether somebody chose, or this machine was taken.
    let isChosen: Bool

    /// - Throws: ``DeviceError`` for a name that the table does not have.
    init(gpus: [String], memory: ByteSize?, count: Int?) throws(DeviceError) {
        var choices: [Choice] = []
        for text in gpus.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let group = try DeviceGroup(String(text))
            choices.append(Self.choice(of: group.device, count: group.count ?? count))
        }
        if let memory {
            let name = "device of \(Quantities.bytes(memory.bytes))"
            choices.append(
                Choice(name: name, bytes: memory.bytes, count: count, kind: .gpu, isOlderThanAmpere: false))
        }
        isChosen = !choices.isEmpty
        if choices.isEmpty {
            choices = [
                Choice(
                    name: "this machine", bytes: Machine.availableBytes() ?? 0, count: count, kind: .cpu,
                    isOlderThanAmpere: false)
            ]
        }
        self.choices = choices
    }

    /// What the inverse question chooses from: what was given, or every device of the table.
    var candidates: [CapacityPlanner.Candidate] {
        let choices = isChosen ? choices : Device.all.map { Self.choice(of: $0, count: nil) }
        return choices.flatMap { choice in
            (choice.count.map { [$0] } ?? Self.countsTried).map {
                CapacityPlanner.Candidate(deviceName: choice.name, deviceBytes: choice.bytes, deviceCount: $0)
            }
        }
    }

    private static func choice(of device: Device, count: Int?) -> Choice {
        Choice(
            name: device.name, bytes: device.memoryBytes, count: count, kind: .gpu,
            isOlderThanAmpere: device.isOlderThanAmpere)
    }
}
