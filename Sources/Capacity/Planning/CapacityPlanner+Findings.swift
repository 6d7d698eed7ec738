extension CapacityPlanner {
    /// What is wrong with the settings apart from memory.
    static func findings(on plan: CapacityPlan) -> [String] {
        let request = plan.request
        var findings: [String] = []
        if let devices = devices(request) { findings.append(devices) }
        if !request.profile.isKnownFamily {
            findings.append(
                "the family \(request.profile.family) is not known: planned as a decoder like Llama, by the sizes that "
                    + "its metadata names")
        }
        if let name = request.givenModelName, let right = correctedName(name, family: request.profile.family)
        {
            findings.append(
                "MODEL_NAME=\(name) contradicts the files, which say \(request.profile.family): "
                    + "taken as \(right); set MODEL_NAME=\(right) (and PROMPT_NAME=\(right))")
        }
        if request.contextLength == nil, plan.maxContext < plan.requestedContext {
            findings.append(
                "nobody set a context length, so the model's own \(plan.requestedContext) tokens are planned for; "
                    + "set --max-model-len (CONTEXT_LEN) to what is needed")
        }
        return findings
    }

    /// Devices that were named and do nothing: GPUs that no rank uses, with the setting that would use them, or any
    /// where processors serve.
    private static func devices(_ request: PlanRequest) -> String? {
        guard request.deviceKind == .cpu else { return idleDevices(request) }
        guard let given = request.givenDeviceCount, given > 1 else { return nil }
        return
            "NUM_GPUs=\(given): this machine serves from its processors, where NUM_GPUs and TENSOR_PARALLEL_SIZE "
            + "are without effect"
    }

    private static func idleDevices(_ request: PlanRequest) -> String? {
        let ranks = request.tensorParallelSize
        let devices = max(request.deviceCount, request.givenDeviceCount ?? 1)
        guard devices > ranks else { return nil }
        let idle = devices - ranks
        let verb = idle == 1 ? "device is" : "devices are"
        let settings =
            request.givenDeviceCount.map { "NUM_GPUs=\($0) beside TENSOR_PARALLEL_SIZE=\(ranks)" }
            ?? "\(devices) devices beside --tensor-parallel-size \(ranks)"
        let fix = usableRanks(request, devices: devices).last.map {
            "; set --tensor-parallel-size \($0) (TENSOR_PARALLEL_SIZE=\($0))"
        }
        return "\(settings): \(idle) \(verb) idle" + (fix ?? "")
    }

    /// Rank counts beyond the request's, up to that many devices, among which the heads divide.
    static func usableRanks(_ request: PlanRequest, devices: Int) -> [Int] {
        let most = min(devices, PlanRequest.devicesMax)
        guard most > request.tensorParallelSize else { return [] }
        return (request.tensorParallelSize + 1...most).filter { ranks in
            let keyValueHeads = max(1, request.profile.keyValueHeadCount)
            return request.profile.headCount.isMultiple(of: ranks)
                && (keyValueHeads.isMultiple(of: ranks) || ranks.isMultiple(of: keyValueHeads))
        }
    }

    /// The name under which api-for-open-llm treats the family right, where the given one is an older generation's.
    private static func correctedName(_ name: String, family: String) -> String? {
        let given = name.lowercased()
        let family = family.lowercased()
        guard given != family, ["qwen", "llama", "chatglm", "internlm", "baichuan"].contains(given),
            family.hasPrefix(given), family.dropFirst(given.count).first?.isNumber == true
        else { return nil }
        return given + String(family.dropFirst(given.count).prefix { $0.isNumber })
    }
}
