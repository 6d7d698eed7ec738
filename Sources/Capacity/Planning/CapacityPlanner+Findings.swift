extension CapacityPlanner {
    /// What is wrong with the settings, whether it fits or not.
    static func findings(_ request: PlanRequest) -> [String] {
        var findings: [String] = []
        let devices = max(request.deviceCount, request.givenDeviceCount ?? 1)
        let ranks = request.tensorParallelSize
        if let given = request.givenDeviceCount, given > ranks {
            let better = usableRanks(request, devices: given).last ?? ranks
            let idle = given - ranks
            findings.append(
                "NUM_GPUs=\(given) beside TENSOR_PARALLEL_SIZE=\(ranks): "
                    + "\(idle) device\(idle == 1 ? " is" : "s are") idle, for NUM_GPUs alone changes nothing"
                    + (better > ranks
                        ? "; set TENSOR_PARALLEL_SIZE=\(better) (--tensor-parallel-size \(better))" : ""))
        } else if devices > ranks {
            let idle = devices - ranks
            findings.append(
                "\(idle) of \(devices) devices \(idle == 1 ? "is" : "are") idle with --tensor-parallel-size \(ranks)")
        }
        if let name = request.givenModelName, let right = correctedName(name, family: request.profile.family) {
            findings.append(
                "MODEL_NAME=\(name) contradicts the files, which say \(request.profile.family): "
                    + "taken as \(right); set MODEL_NAME=\(right) (and PROMPT_NAME=\(right))")
        }
        if request.contextLength == nil {
            findings.append(
                "nobody set a context length, so the model's own \(request.profile.contextLength) tokens are planned "
                    + "for; set --max-model-len (CONTEXT_LEN) to what is needed")
        }
        return findings
    }

    /// Rank counts beyond the request's, up to that many devices, among which the heads divide.
    static func usableRanks(_ request: PlanRequest, devices: Int) -> [Int] {
        guard devices > request.tensorParallelSize else { return [] }
        return (request.tensorParallelSize + 1...min(devices, 65_536)).filter { ranks in
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
