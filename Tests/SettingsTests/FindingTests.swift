import Settings
import Testing

@Suite struct FindingTests {
    /// The `.env` of api-for-open-llm's issue 259.
    private static let classicReport = """
        PORT=8000
        MODEL_NAME=qwen
        MODEL_PATH=/models/Qwen1.5-14B-Chat
        PROMPT_NAME=
        NUM_GPUs=2
        TENSOR_PARALLEL_SIZE=1
        TOKENIZE_MODE=slow
        DTYPE=half
        """

    @Test("Of the classic report's .env all faults are told, each with what to do")
    func tellsClassicReport() throws {
        let settings = EffectiveSettings(dotEnv: DotEnv(Self.classicReport))
        #expect(!settings.hasErrors)
        #expect(
            settings.findings.map { "\($0.severity.rawValue) \($0.kind.rawValue) \($0.subject)" } == [
                "warning contradiction NUM_GPUs", "note withoutEffect TOKENIZE_MODE",
                "note withoutEffect DTYPE",
            ])
        #expect(
            settings.findings[0].description
                == ".env line 5: NUM_GPUs says 2 devices, but TENSOR_PARALLEL_SIZE is 1: 1 would stay idle. "
                + "TENSOR_PARALLEL_SIZE is what shares a model among devices: needletail plan says what 2 give, "
                + "and serve computes on one rank in this version")
        #expect(settings.deviceCount == 2)
        #expect(settings[.maxModelLen].origin == .byDefault)
        let corrections = PromptNames.findings(
            modelName: settings.modelName, promptName: settings.promptName, family: "qwen2")
        #expect(corrections.map(\.kind) == [.corrected])
        #expect(corrections.first?.severity == .warning)
        #expect(corrections.first?.origin == .dotEnv(line: 2))
        #expect(corrections.first?.fix == "Set MODEL_NAME=qwen2")
    }

    @Test("NUM_GPUS is told as NUM_GPUs, and still held against TENSOR_PARALLEL_SIZE")
    func tellsCase() {
        for settings in [
            EffectiveSettings(environment: ["NUM_GPUS": "2"]),
            EffectiveSettings(dotEnv: DotEnv("NUM_GPUS=2")),
        ] {
            #expect(settings.findings.map(\.kind) == [.nearMiss, .contradiction])
            #expect(settings.findings[0].fix == "Did you mean NUM_GPUs?")
            #expect(settings.deviceCount == 2)
        }
    }

    @Test("Devices that agree with the parallelism are not told")
    func acceptsDevices() {
        let environment = ["NUM_GPUs": "2", "GPUS": "0,1", "TENSOR_PARALLEL_SIZE": "2"]
        #expect(EffectiveSettings(environment: environment).findings.isEmpty)
    }

    @Test(
        "In a .env file every unknown name is told; elsewhere only what resembles one of ours"
    )
    func tellsUnknownNames() {
        let names = [
            "EDITOR", "POST", "HOSTS", "MAX_NUM_SEQ", "NEEDLETAIL_PROT", "NEEDLETAIL_WHAT", "batch-size",
        ]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
        let fromEnvironment = EffectiveSettings(environment: environment).findings.map {
            "\($0.kind) \($0.subject)"
        }
        #expect(
            fromEnvironment == [
                "nearMiss MAX_NUM_SEQ", "nearMiss NEEDLETAIL_PROT", "unknown NEEDLETAIL_WHAT",
                "nearMiss batch-size",
            ])
        let file = DotEnv(names.map { "\($0)=1" }.joined(separator: "\n"))
        let fromFile = EffectiveSettings(dotEnv: file).findings.map { "\($0.kind) \($0.subject)" }
        #expect(
            fromFile == [
                "unknown EDITOR", "nearMiss POST", "nearMiss HOSTS", "nearMiss MAX_NUM_SEQ",
                "nearMiss NEEDLETAIL_PROT", "unknown NEEDLETAIL_WHAT", "nearMiss batch-size",
            ])
    }

    @Test("A name given twice in .env is told with both lines, and the last one counts")
    func tellsDuplicates() {
        let settings = EffectiveSettings(dotEnv: DotEnv("CONTEXT_LEN=1024\n\nCONTEXT_LEN=2048"))
        #expect(settings.integer(.maxModelLen) == 2048)
        #expect(
            settings.findings.map(\.description) == [
                ".env line 3: CONTEXT_LEN is already set in line 1; the last one counts. Remove one of them"
            ])
    }

    @Test("A line of .env that the environment hides is told, even where the environment's text is empty")
    func tellsShadowed() {
        for text in ["9000", ""] {
            let settings = EffectiveSettings(environment: ["PORT": text], dotEnv: DotEnv("PORT=9001"))
            #expect(settings.integer(.port) == (text.isEmpty ? 8000 : 9000))
            #expect(settings.findings.map(\.kind) == [.shadowed])
        }
        let same = EffectiveSettings(environment: ["PORT": "1"], dotEnv: DotEnv("PORT=1"))
        #expect(same.findings.isEmpty)
    }

    @Test("Of two variables that set the same our own wins, and the other is told")
    func tellsRivals() {
        let settings = EffectiveSettings(environment: ["PORT": "1", "NEEDLETAIL_PORT": "2"])
        #expect(settings[.port].origin == .environment("NEEDLETAIL_PORT"))
        #expect(settings.findings.map(\.subject) == ["PORT"])
        let across = EffectiveSettings(environment: ["PORT": "1"], dotEnv: DotEnv("NEEDLETAIL_PORT=2"))
        #expect(across[.port].origin == .environment("PORT"))
    }

    @Test("A reference to another variable is not taken for a key")
    func refusesReferences() {
        let settings = EffectiveSettings(dotEnv: DotEnv("API_KEYS=${SECRET}"))
        #expect(settings.findings.map(\.kind) == [.badValue])
    }

    @Test("A step must have room for every running sequence")
    func tellsSmallSteps() {
        let settings = EffectiveSettings(environment: ["MAX_NUM_SEQS": "1024"])
        #expect(settings.hasErrors)
        #expect(settings.findings.map(\.kind) == [.contradiction])
    }

    @Test("rag beside llm is a warning, alone an error")
    func tellsTasks() {
        #expect(EffectiveSettings(environment: ["TASKS": "llm,rag"]).findings.map(\.severity) == [.warning])
        let both = EffectiveSettings(environment: ["TASKS": "llm,rag", "EMBEDDING_NAME": "/models/bge"])
        #expect(both.findings.isEmpty && !both.servesOnlyEncoders)
        #expect(both.text(.embeddingModel) == "/models/bge")
        let alone = EffectiveSettings(environment: ["TASKS": "rag", "RERANK_NAME": "/models/bce"])
        #expect(
            alone.findings.isEmpty && alone.servesOnlyEncoders && alone.text(.rerankModel) == "/models/bce")
        #expect(EffectiveSettings(environment: ["TASKS": "rag"]).findings.map(\.severity) == [.error])
        #expect(EffectiveSettings(environment: ["TASKS": "llm"]).findings.isEmpty)
    }

    @Test(
        "Names that the checkpoint contradicts are corrected, others are left alone",
        arguments: [
            ("qwen", nil, "qwen2", ["Set MODEL_NAME=qwen2"]), ("Qwen", "qwen", "qwen2", ["MODEL", "PROMPT"]),
            ("qwen2", "qwen2", "qwen2", []), ("llama3", nil, "qwen2", ["Set MODEL_NAME=qwen2"]),
            ("llama3", "llama3", "llama", []), ("my-model", "default", "qwen2", []),
            ("qwen", nil, "qwen", []),
            (nil, "vicuna", "llama", ["Set PROMPT_NAME=default"]), (nil, "chatml", "qwen2", ["PROMPT"]),
            ("qwen2", nil, "unheard-of", ["Set MODEL_NAME=default"]),
        ] as [(String?, String?, String, [String])])
    func corrects(modelName: String?, promptName: String?, family: String, fixes: [String]) {
        let findings = PromptNames.findings(
            modelName: modelName.map { GivenText($0, at: .environment("MODEL_NAME")) },
            promptName: promptName.map { GivenText($0, at: .environment("PROMPT_NAME")) }, family: family)
        #expect(findings.count == fixes.count)
        for (finding, fix) in zip(findings, fixes) { #expect(finding.fix?.contains(fix) == true) }
    }
}
