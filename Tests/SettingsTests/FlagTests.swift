import JSON
import Settings
import Testing

@Suite struct FlagTests {
    @Test("Flags are read with a value behind them or behind =, and lists up to the next option")
    func readsFlags() {
        let given = GivenFlags(
            [
                "model.gguf", "--port", "9000", "--host=::1", "--api-key", "a", "b", "--max-model-len", "-1",
                "--kv-cache-memory-bytes", "1GiB", "--print-config", "--port", "9001",
            ], otherFlags: ["print-config"])
        #expect(
            given.values == [
                .port: ["9001"], .host: ["::1"], .apiKey: ["a", "b"], .maxModelLen: ["-1"],
                .kvCacheMemory: ["1GiB"],
            ])
        #expect(given.refusals.isEmpty)
    }

    @Test("What is yes or no stands alone, and takes the words for it elsewhere")
    func readsYesAndNo() {
        let given = GivenFlags(["--allow-credentials", "--port", "1"])
        #expect(given.values == [.allowCredentials: ["true"], .port: ["1"]])
        #expect(EffectiveSettings(flags: given.values).isOn(.allowCredentials))
        #expect(!EffectiveSettings().isOn(.allowCredentials))
        for (text, isOn) in [("true", true), ("1", true), ("Yes", true), ("off", false), ("0", false)] {
            let settings = EffectiveSettings(environment: ["NEEDLETAIL_ALLOW_CREDENTIALS": text])
            #expect(settings.isOn(.allowCredentials) == isOn && !settings.hasErrors)
        }
        #expect(EffectiveSettings(environment: ["NEEDLETAIL_ALLOW_CREDENTIALS": "maybe"]).hasErrors)
        let file = EffectiveSettings(
            file: ConfigFile(["allow-credentials": true, "allowed_origins": ["a", "b"]]))
        #expect(file.isOn(.allowCredentials) && file.list(.allowedOrigins) == ["a", "b"])
    }

    @Test("A list may be a JSON array, as vLLM has it")
    func readsJSONLists() {
        let flags = GivenFlags(["--allowed-origins", #"["a", "b,c"]"#]).values
        #expect(EffectiveSettings(flags: flags).list(.allowedOrigins) == ["a", "b,c"])
        let variables = [
            "NEEDLETAIL_ALLOWED_METHODS": #"["GET", "POST"]"#, "NEEDLETAIL_ALLOWED_HEADERS": "X-A, X-B",
        ]
        let settings = EffectiveSettings(environment: variables)
        #expect(settings.list(.allowedMethods) == ["GET", "POST"])
        #expect(settings.list(.allowedHeaders) == ["X-A", "X-B"])
        #expect(EffectiveSettings(flags: [.allowedOrigins: ["[]"]]).hasErrors)
    }

    @Test(
        "A certificate without its key, or a key without its certificate, is an error; a password is masked")
    func checksTLS() {
        for (flag, other) in [("ssl-certfile", "--ssl-keyfile"), ("ssl-keyfile", "--ssl-certfile")] {
            let settings = EffectiveSettings(flags: GivenFlags(["--\(flag)", "a.pem"]).values)
            #expect(settings.findings.map(\.message) == ["--\(flag) is given without \(other)"])
            #expect(settings.hasErrors)
        }
        let both = GivenFlags([
            "--ssl-certfile", "a", "--ssl-keyfile", "b", "--ssl-keyfile-password", "sesame",
        ])
        let settings = EffectiveSettings(flags: both.values)
        #expect(!settings.hasErrors)
        #expect(!settings.table.contains("sesame") && !settings.json.serialized().contains("sesame"))
    }

    @Test("A flag without a value is an error of its setting, and what follows -- is none")
    func readsOddFlags() {
        #expect(EffectiveSettings(flags: GivenFlags(["--port"]).values).hasErrors)
        #expect(EffectiveSettings(flags: GivenFlags(["--api-key"]).values).hasErrors)
        #expect(GivenFlags(["--", "--dtype", "--port", "1"]).values.isEmpty)
    }

    @Test("A flag of vLLM that asks for what is so anyway is taken, and with another value refused")
    func confirmsFlags() {
        let given = GivenFlags([
            "m.gguf", "--enforce-eager", "--block-size", "16", "--dtype=auto", "--port", "1", "--",
            "--device",
        ])
        #expect(given.confirmed == ["--enforce-eager", "--block-size 16", "--dtype=auto"])
        #expect(given.remaining == ["m.gguf", "--port", "1", "--", "--device"])
        #expect(given.refusals.isEmpty)
        #expect(given.values == [.port: ["1"]])
        for refused in [["--block-size", "32"], ["--dtype=half"], ["--block-size"], ["--enforce-eager=1"]] {
            let given = GivenFlags(refused)
            #expect(given.refusals.count == 1)
            #expect(given.confirmed.isEmpty)
            #expect(given.remaining == refused)
        }
        let refused = Set(VLLMFlags.refused.flatMap(\.names).flatMap { [$0, "no-\($0)"] })
        #expect(refused.isSuperset(of: VLLMFlags.confirmed.keys))
    }

    @Test("Every flag of vLLM is either a setting here or refused with a reason, never both")
    func sortsVLLMFlags() {
        for name in VLLMFlags.supported {
            #expect(Setting(flagName: name) != nil || name == "config")
            #expect(refusal(for: "--\(name)") == nil)
        }
        let refused = VLLMFlags.refused.flatMap(\.names)
        #expect(Set(refused).count == refused.count)
        for name in refused {
            #expect(!VLLMFlags.supported.contains(name))
            #expect(Setting(flagName: name) == nil)
            #expect(refusal(for: "--\(name)")?.hasPrefix("--\(name) has no meaning here: ") == true)
        }
    }

    @Test(
        "Options that serve does not have are refused with what to do",
        arguments: [
            (
                "--dtype=half",
                "--dtype has no meaning here: weights are computed with as the file stores them"
            ),
            ("--no-enable-chunked-prefill", "chunks"), ("--max_model_len", "write --max-model-len"),
            ("--max_num_seqs=4", "--max_num_seqs is not taken: write --max-num-seqs"),
            ("-tp", "write --tensor-parallel-size"), ("-O3", "-O3 has no meaning here"), ("-q", "checkpoint"),
            ("--compilation-config.mode=3", "nothing is compiled"),
            ("--no-async-scheduling", "engine thread"),
            ("--max-model-length", "did you mean --max-model-len?"), ("--prot=1", "did you mean --port?"),
            ("--served-model-names", "did you mean --served-model-name?"),
        ])
    func refuses(argument: String, sentence: String) {
        #expect(refusal(for: argument)?.contains(sentence) == true)
    }

    @Test(
        "What is no option, is right, or resembles nothing is not refused",
        arguments: [
            "", "-", "--", "-1", "-0.5", "model.gguf", "--port", "--port=1", "--xyzzy", "---", "-=", "--=",
        ])
    func lets(argument: String) {
        #expect(refusal(for: argument) == nil)
    }

    @Test("--model takes one value and may stand several times")
    func repeatsModel() {
        let given = GivenFlags(["--model", "a", "b.gguf", "--model=bge=/m/bge", "--port", "1"])
        #expect(given.values[.additionalModel] == ["a", "bge=/m/bge"])
        #expect(given.values[.port] == ["1"] && given.remaining.count == 6)
        #expect(Setting(flagName: "model") == .additionalModel && Setting.additionalModel.flag == "--model")
    }

    @Test("No argument makes the reading trap")
    func survivesAnything() {
        var random = Repeatable(seed: 0xF1A6)
        let pieces = [
            "-", "--", "=", "port", "max-model-len", "_", ".", "no-", "é", "\0", " ", "tp", "O", "1", "🏳️‍🌈",
        ]
        for _ in 0..<2000 {
            let arguments = (0..<random.below(6)).map { _ in
                (0..<random.below(6)).map { _ in pieces[random.below(pieces.count)] }.joined()
            }
            let given = GivenFlags(arguments)
            #expect(given.confirmed.isEmpty == (given.remaining == arguments))
            #expect(EffectiveSettings(flags: given.values).entries.count == Setting.allCases.count)
        }
    }
}
