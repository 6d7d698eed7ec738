import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Keys, HTTPS and the document of the real binary, with real clients.
    struct AccessTests {
        /// Makes a self-signed certificate and its key with openssl.
        private static func makeCertificate(_ scratch: Scratch, _ name: String) async throws {
            let result = try await Binary.run(
                "/usr/bin/env",
                [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-days", "30", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", scratch.folder.appending(path: "\(name).key").path,
                    "-out", scratch.folder.appending(path: "\(name).crt").path,
                ])
            try #require(result.status == 0, "\(result.errors)")
        }

        /// Makes a key and adds it to a file.
        private static func makeKey(
            _ name: String, _ file: String, _ options: String...
        ) async throws -> String {
            let result = try await Binary.run(["keys", "new", name, "--file", file] + options)
            try #require(result.status == 0, "\(result.errors)")
            return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test(.needs(.smollm2))
        func `the official client uses HTTPS, a key of its own, and waits when it is told to`()
            async throws
        {
            try await Scratch.with { scratch in
                let keys = scratch.folder.appending(path: "keys.jsonl").path
                try await Self.makeCertificate(scratch, "server")
                let certificate = scratch.folder.appending(path: "server.crt").path
                let alice = try await Self.makeKey("alice", keys, "--requests-per-minute", "30")
                let options = [
                    "--api-keys-file", keys, "--ssl-certfile", certificate, "--ssl-keyfile",
                    scratch.folder.appending(path: "server.key").path,
                ]
                try await RunningServer.with(.smollm2, options, apiKey: nil) { server in
                    #expect(server.firstScreen.contains("keys of 1 caller (alice) · HTTPS"))
                    try await PythonClient.run("access_client.py", [server.url, alice, certificate, "30"])

                    // A new key and a new certificate, without a restart.
                    let bob = try await Self.makeKey("bob", keys, "--requests-per-minute", "40")
                    try await Self.makeCertificate(scratch, "server")
                    #expect(kill(server.process.processIdentifier, SIGHUP) == 0)
                    try await PythonClient.run("access_client.py", [server.url, bob, certificate, "40"])
                    #expect(server.process.isRunning)
                }
            }
        }

        @Test func `a key is shown once, and the file has what tells it from others`() async throws {
            try await Scratch.with { scratch in
                let file = scratch.folder.appending(path: "keys.jsonl").path
                let key = try await Self.makeKey("alice", file, "--model", "a", "--expires", "2027-01-31")
                _ = try await Self.makeKey("bob", file, "--admin", "--tokens-per-minute", "5")
                let text = try scratch.text("keys.jsonl")
                #expect(text.split(separator: "\n").count == 2)
                #expect(!text.contains(key) && key.hasPrefix("sk-nt-"))
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600)
                let list = try await Binary.run(["keys", "list", file])
                #expect(list.output.contains(/alice +a +- +- +2027-02-01T00:00:00Z +sha256:/))
                #expect(list.output.contains(/bob \(admin\) +all +- +5 +never +sha256:/))
                let other = try await Binary.run(["keys", "new", "alice", "--file", file])
                #expect(other.status == 64)
                #expect(other.errors.contains("other models or limits"))
                #expect(try await Binary.run(["keys", "new", "no name"]).status == 64)
                let alone = try await Binary.run(["keys", "new", "carol"])
                #expect(alone.errors.contains(#"{"name":"carol","hash":"sha256:"#), "\(alone.errors)")
            }
        }

        @Test func `what is wrong with keys, certificates and origins stops the start with one line`()
            async throws
        {
            try await Scratch.with { scratch in
                try await Self.makeCertificate(scratch, "a")
                try await Self.makeCertificate(scratch, "b")
                let (a, b) = (
                    scratch.folder.appending(path: "a").path, scratch.folder.appending(path: "b").path
                )
                let keys = try scratch.file("keys.jsonl", #"{"name": "alice", "hash": "secret"}"#).path
                let wrong: [(options: [String], message: String)] = [
                    (["--ssl-certfile", a + ".crt"], "--ssl-certfile is given without --ssl-keyfile"),
                    (
                        ["--ssl-certfile", a + ".crt", "--ssl-keyfile", b + ".key"],
                        "b.key does not belong to"
                    ),
                    (["--ssl-certfile", a + ".crt", "--ssl-keyfile", a], "No such file"),
                    (["--api-keys-file", keys], "keys.jsonl: line 1 (alice) needs a hash"),
                    (
                        ["--allowed-origins", "*", "--allow-credentials"],
                        "does not go with --allowed-origins"
                    ),
                    (["--allowed-origins", "[\"example.com\"]"], "must hold origins such as"),
                ]
                for (options, message) in wrong {
                    let result = try await Binary.run(["serve", "nothing.gguf", "--port", "0"] + options)
                    #expect(result.status == 64, "\(options)")
                    #expect(result.errors.contains(message), "\(result.errors)")
                    #expect(!result.errors.contains("secret"))
                }
            }
        }

        @Test(.needs(.smollm2)) func `schemathesis finds no answer that the document does not tell`()
            async throws
        {
            let options = ["--max-model-len", "1024", "--allowed-origins", "[\"http://localhost:3000\"]"]
            try await RunningServer.with(.smollm2, options) { server in
                let told = try await PythonClient.run("schema_check.py", [server.url, RunningServer.apiKey])
                #expect(told.contains("No issues found"), "\(told)")
                #expect(server.process.isRunning)
            }
        }

        @Test(.needs(.smollm2)) func `LangChain and LiteLLM get what they expect`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "2048"]) { server in
                let told = try await PythonClient.run(
                    "framework_clients.py", [server.url, RunningServer.apiKey])
                #expect(told.contains("passed langchain-openai") && told.contains("passed litellm"))
            }
        }
    }
}
