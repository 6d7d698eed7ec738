/// The prompt formats that api-for-open-llm registers, and the models that they are for.
package enum PromptNames {
    /// One registered name.
    private struct Format {
        let name: String
        /// The families (`model_type`) of checkpoints that it is for; none where it is for any.
        let families: [String]
        /// Whether it is what such a checkpoint's own chat template renders.
        let isOwn: Bool
    }

    private static let formats: [Format] = [
        own("llama2", ["llama"]), own("llama3", ["llama"]), other("chinese-llama-alpaca2", ["llama"]),
        other("alpaca", ["llama"]), other("firefly", []), other("firefly-qwen", ["qwen", "qwen2"]),
        other("belle", []), other("openbuddy", []), own("internlm", ["internlm"]),
        own("internlm2", ["internlm2"]), own("starchat", ["gpt_bigcode", "starcoder2"]),
        own("aquila", ["aquila", "llama"]), other("vicuna", ["llama"]), own("xuanyuan", ["llama"]),
        own("deepseek", ["llama", "deepseek", "deepseek_v2", "deepseek_v3"]),
        own("deepseek-coder", ["llama"]),
        own("bluelm", ["bluelm", "llama"]), own("huatuo", ["baichuan", "llama"]),
        own("orionstar", ["orion", "llama"]), own("yi", ["yi", "llama"]), own("suschat", ["llama"]),
        own("mistral", ["mistral", "mixtral", "llama"]), other("chatml", []), own("telechat", ["telechat"]),
        own("baichuan", ["baichuan"]), own("baichuan2", ["baichuan"]), own("chatglm", ["chatglm"]),
        own("chatglm2", ["chatglm"]), own("chatglm3", ["chatglm"]), own("chatglm4", ["chatglm"]),
        own("glm-4v", ["chatglm"]), own("qwen", ["qwen"]),
        own("qwen2", ["qwen2", "qwen2_moe", "qwen3", "qwen3_moe"]),
    ]

    private static func own(_ name: String, _ families: [String]) -> Format {
        Format(name: name, families: families, isOwn: true)
    }

    private static func other(_ name: String, _ families: [String]) -> Format {
        Format(name: name, families: families, isOwn: false)
    }

    /// Every name, `default` first, which stands for the model's own template.
    package static let known = ["default"] + formats.map(\.name)

    /// What the model's files say against the names that its user gave it. The files are always followed.
    ///
    /// - Parameters:
    ///   - modelName: `MODEL_NAME`, where given.
    ///   - promptName: `PROMPT_NAME`, where given.
    ///   - family: The checkpoint's `model_type` or `general.architecture`.
    ///   - hasOtherTemplate: Whether `--chat-template` replaces the model's own template.
    package static func findings(
        modelName: GivenText?, promptName: GivenText?, family: String, hasOtherTemplate: Bool = false
    ) -> [Finding] {
        var findings: [Finding] = []
        for (variable, given) in [("MODEL_NAME", modelName), ("PROMPT_NAME", promptName)] {
            guard let given, let format = formats.first(where: { $0.name == given.text.lowercased() }) else {
                continue
            }
            if !format.families.isEmpty, !format.families.contains(family) {
                let right = formats.first { $0.isOwn && $0.families.first == family }?.name ?? "default"
                findings.append(
                    Finding(
                        .warning, .corrected, variable, at: given.origin,
                        "\(variable)=\(format.name), but the checkpoint is of the family \(family.shown): "
                            + "family, chat template and stop tokens are taken from the checkpoint",
                        fix: "Set \(variable)=\(right)"))
            } else if variable == "PROMPT_NAME", !format.isOwn, !hasOtherTemplate {
                findings.append(
                    Finding(
                        .warning, .corrected, variable, at: given.origin,
                        "PROMPT_NAME=\(format.name) is not built in: the model's own chat template is used",
                        fix: "Set PROMPT_NAME=default, or give a template with --chat-template FILE"))
            }
        }
        return findings
    }
}

/// A text and where it was given.
package struct GivenText: Sendable, Equatable {
    package let text: String
    package let origin: Origin

    package init(_ text: String, at origin: Origin) {
        self.text = text
        self.origin = origin
    }
}
