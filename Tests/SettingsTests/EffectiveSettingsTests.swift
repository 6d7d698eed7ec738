import JSON
import Settings
import Testing

@Suite struct EffectiveSettingsTests {
    @Test("A flag beats the environment, that the .env file, that the config file, that the default")
    func ordersSources() {
        let flags: [Setting: [String]] = [.port: ["1"]]
        let environment = ["PORT": "2"]
        let dotEnv = DotEnv("# ports\nPORT=3")
        let file = ConfigFile(["port": 4])
        func entry(_ settings: EffectiveSettings) -> String {
            "\(settings[.port].shownValue) from \(settings[.port].origin)"
        }
        #expect(
            entry(EffectiveSettings(flags: flags, environment: environment, dotEnv: dotEnv, file: file))
                == "1 from flag --port")
        #expect(
            entry(EffectiveSettings(environment: environment, dotEnv: dotEnv, file: file))
                == "2 from environment PORT")
        #expect(entry(EffectiveSettings(dotEnv: dotEnv, file: file)) == "3 from .env line 2")
        #expect(entry(EffectiveSettings(file: file)) == "4 from config file")
        #expect(entry(EffectiveSettings()) == "8000 from default")
        #expect(EffectiveSettings(flags: [.model: ["a.gguf"]])[.model].origin.description == "argument MODEL")
    }

    @Test("Every setting has a variable of its own", arguments: Setting.allCases)
    func readsOwnVariables(setting: Setting) {
        let text =
            switch setting.kind {
            case .text, .list: "x"
            case .integer, .integerOrAuto: "7"
            case .flag: "true"
            case .number: "0.5"
            case .size: "1KiB"
            case .choice(let names): names[0]
            }
        let settings = EffectiveSettings(environment: [setting.variable: text, "MAX_NUM_BATCHED_TOKENS": "7"])
        #expect(settings[setting].origin == .environment(setting.variable))
        #expect(!settings.findings.contains { $0.kind == .unknown || $0.kind == .badValue })
    }

    @Test("-1 and an empty text mean that a variable is not set")
    func readsSentinels() {
        let settings = EffectiveSettings(
            environment: ["MAX_NUM_BATCHED_TOKENS": "-1", "PROMPT_NAME": "", "HOST": ""],
            dotEnv: DotEnv("CONTEXT_LEN=-1\nAPI_KEYS="))
        #expect(settings.entries.allSatisfy { $0.origin == .byDefault })
        #expect(!settings.hasErrors)
        #expect(settings.promptName == nil)
    }

    @Test("An automatic context length can be asked for against a weaker source")
    func readsAuto() {
        for text in ["auto", "-1"] {
            let settings = EffectiveSettings(
                flags: [.maxModelLen: [text]], environment: ["CONTEXT_LEN": "4096"])
            #expect(settings.integer(.maxModelLen) == nil)
            #expect(settings[.maxModelLen].origin == .flag("--max-model-len"))
        }
    }

    @Test("Values have the types of their settings")
    func readsTypes() {
        let settings = EffectiveSettings(
            environment: [
                "API_KEYS": "one, two", "MODEL_NAME": "Qwen/Qwen1.5-14B-Chat",
                "GPU_MEMORY_UTILIZATION": "0.9",
                "NEEDLETAIL_KV_CACHE_MEMORY": "1.5GiB", "CONTEXT_LEN": "4096", "N_THREADS": "3",
            ])
        #expect(settings.list(.apiKey) == ["one", "two"])
        #expect(settings.list(.servedModelName) == ["Qwen1.5-14B-Chat"])
        #expect(settings.number(.gpuMemoryUtilization) == 0.9)
        #expect(settings.integer(.kvCacheMemory) == 3 << 29)
        #expect(settings.integer(.maxModelLen) == 4096)
        #expect(settings.integer(.threads) == 3)
        #expect(settings.text(.host) == "127.0.0.1")
        #expect(settings.findings.isEmpty)
    }

    @Test(
        "A value that is none stops the start, with the limit and the value",
        arguments: [
            ("PORT", "http", "PORT must be an integer from 0 to 65535, not http"),
            ("PORT", "70000", "PORT must be an integer from 0 to 65535, not 70000"),
            (
                "GPU_MEMORY_UTILIZATION", "1.5",
                "GPU_MEMORY_UTILIZATION must be a number from 0.01 to 1.0, not 1.5"
            ),
            (
                "GPU_MEMORY_UTILIZATION", "nan",
                "GPU_MEMORY_UTILIZATION must be a number from 0.01 to 1.0, not nan"
            ),
            ("CONTEXT_LEN", "1", "CONTEXT_LEN must be auto, or an integer from 2 to 1073741824, not 1"),
            ("API_KEYS", "a,,b", "API_KEYS must not hold an empty entry"),
            ("NEEDLETAIL_KV_CACHE_MEMORY", "2XB", "not 2XB"),
            ("NUM_GPUs", "many", "NUM_GPUs must be an integer from 1, not many"),
            ("ENGINE", "tgi", "ENGINE must be default or vllm, not tgi"),
            ("TASKS", "llm,cv", "TASKS must hold llm, or llm and rag, not cv"),
            ("API_PREFIX", "/api", "API_PREFIX must be /v1, not /api"),
            ("ACTIVATE_INFERENCE", "false", "ACTIVATE_INFERENCE must be true, not false"),
            ("PORT", "\u{1B}[2J", "not \\u{1b}[2J"),
        ])
    func refusesValues(name: String, text: String, message: String) {
        for settings in [
            EffectiveSettings(environment: [name: text]),
            EffectiveSettings(dotEnv: DotEnv("\(name)=\(text)")),
        ] {
            #expect(settings.hasErrors)
            #expect(settings.findings.map(\.kind) == [.badValue])
            #expect(settings.findings[0].message.hasSuffix(message))
        }
    }

    @Test("A wrong value is not replaced by that of a weaker source")
    func doesNotFallBack() {
        let settings = EffectiveSettings(environment: ["PORT": "x"], file: ConfigFile(["port": 9000]))
        #expect(settings.integer(.port) == 8000)
        #expect(settings.hasErrors)
    }

    @Test("An unknown PROMPT_NAME stops the start, and the known ones are listed")
    func refusesPromptNames() {
        let findings = EffectiveSettings(environment: ["PROMPT_NAME": "qwen3"]).findings
        #expect(findings.map(\.severity) == [.error])
        #expect(PromptNames.known.allSatisfy { findings[0].message.contains($0) })
    }

    @Test("The config file's wrong members stop the start, the right ones count")
    func readsConfigFile() {
        let file = ConfigFile([
            "max_num_seqs": 4, "served-model-name": ["a", "b"], "portt": 1, "host": true,
        ])
        let settings = EffectiveSettings(file: file)
        #expect(settings.integer(.maxNumSeqs) == 4)
        #expect(settings.list(.servedModelName) == ["a", "b"])
        #expect(settings.findings.map(\.kind) == [.nearMiss, .badValue])
        #expect(settings.findings[0].fix == "Did you mean port?")
        #expect(EffectiveSettings(file: ConfigFile([1])).hasErrors)
    }

    @Test("No output shows a secret, wherever it comes from")
    func masksSecrets() {
        let secrets = ["sk-0123456789abcdefghijklmnab12", "short-secret", "another-0123456789-0123456789"]
        let keys = secrets.joined(separator: ",")
        let all = [
            EffectiveSettings(flags: [.apiKey: secrets]),
            EffectiveSettings(
                environment: [
                    "API_KEYS": keys, "NEEDLETAIL_API_KEY": secrets[1], "OPENAI_API_KEY": secrets[0],
                ],
                dotEnv: DotEnv("API_KEYS=\(secrets[2])\nAPI_KEY=\(secrets[0])\nAPIKEYS=\(secrets[1])")),
            EffectiveSettings(
                dotEnv: DotEnv("API_KEYS=\(keys),,\nAPI_KEYS='\(keys)\n\(secrets[0])\n\(keys)=")),
            EffectiveSettings(file: ConfigFile(["api-key": .array(secrets.map(JSONValue.string))])),
        ]
        for settings in all {
            let output =
                settings.table + settings.json.serialized()
                + settings.findings.map(\.description).joined(separator: "\n")
            for secret in secrets { #expect(!output.contains(secret)) }
            #expect(!output.contains("0123456789"))
        }
        #expect(all[0][.apiKey].shownValue == "sk-…ab12, ***, …6789")
        #expect(all[1].findings.contains { $0.kind == .contradiction && $0.subject == "API_KEYS" })
        #expect(all[2].hasErrors)
    }

    @Test("The table names every setting, and the JSON says the same")
    func prints() {
        let settings = EffectiveSettings(environment: ["PORT": "9000"])
        let lines = settings.table.split(separator: "\n")
        #expect(lines.count == Setting.allCases.count + 1)
        #expect(
            lines.contains { line in
                line.split(separator: " ").map(String.init) == ["port", "9000", "environment", "PORT"]
            })
        #expect(settings.json["settings"]?.arrayValue?.count == Setting.allCases.count)
        let port = settings.json["settings"]?.arrayValue?.first { $0["name"] == "port" }
        #expect(port == ["name": "port", "value": 9000, "source": "environment PORT"])
    }
}
