import Foundation
import Glibc
import TestSupport
import Testing

extension SystemTests {
    /// The official clients against what the real binary keeps, and a batch that outlives kills.
    @Suite(.needs(.smollm2)) struct StoreClientTests {
        /// Runs a script of the clients' folder, and returns what it said.
        @discardableResult
        private static func run(
            _ script: String, _ server: RunningServer, _ arguments: [String] = []
        ) async throws -> String {
            let environment = try await Binary.run(Binary.root.appending(path: "Scripts/python-env").path, [])
            try #require(environment.status == 0, "no Python environment: \(environment.errors)")
            let python = environment.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let path = Binary.root.appending(path: "Tests/SystemTests/Clients/\(script)").path
            let result = try await Binary.run(python, [path, server.url, RunningServer.apiKey] + arguments)
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test func `the official client gets what it expects of files, batches and responses`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "2048"]) { server in
                let said = try await Self.run("store_client.py", server)
                #expect(said.contains("passed refuses_what_it_does_not_do"))
            }
        }

        @Test func `Anthropic's client gets what it expects`() async throws {
            try await RunningServer.with(.smollm2, ["--max-model-len", "2048"]) { server in
                let said = try await Self.run("anthropic_client.py", server)
                #expect(said.contains("passed tells_errors_in_anthropics_words"))
            }
        }

        @Test func `a batch of 50 lines has each result once, however often the server is killed`()
            async throws
        {
            try await Scratch.with { scratch in
                let options = [
                    "--max-model-len", "2048", "--data-dir", scratch.folder.appending(path: "data").path,
                ]
                var batch = ""
                var seen: [Int] = []
                for count in [3, 17, 34] {
                    try await RunningServer.with(.smollm2, options) { server in
                        if batch.isEmpty {
                            batch = try await Self.run("store_client.py", server, ["begin-batch", "50"])
                        }
                        try await eventually("\(count) lines are answered") {
                            seen.append(try await Self.completed(batch, server))
                            return seen.last ?? 0 >= count
                        }
                        kill(server.process.processIdentifier, SIGKILL)
                        try await eventually("the server is gone") { !server.process.isRunning }
                    }
                }
                #expect(seen == seen.sorted(), "no answer that was told of is lost")
                #expect(seen.last ?? 50 < 50, "the last kill came in the middle, too")
                try await RunningServer.with(.smollm2, options) { server in
                    let said = try await Self.run("store_client.py", server, ["check-batch", "50", batch])
                    #expect(said.contains("50 results, each once"))
                }
            }
        }

        @Test func `responses in the background outlive a kill, those at work and those in line`()
            async throws
        {
            try await Scratch.with { scratch in
                let options = [
                    "--max-model-len", "2048", "--data-dir", scratch.folder.appending(path: "data").path,
                ]
                var ids: [String] = []
                try await RunningServer.with(.smollm2, options) { server in
                    let said = try await Self.run("store_client.py", server, ["begin-background", "20"])
                    ids = said.split(separator: " ").map(String.init)
                    try await eventually("one is at work") {
                        let shown = try await HTTPExchange.get("/v1/responses/\(ids[0])", port: server.port)
                        return !shown.body.contains(#""status":"queued""#)
                    }
                    let last = try await HTTPExchange.get("/v1/responses/\(ids[19])", port: server.port)
                    #expect(last.body.contains(#""status":"queued""#), "the kill comes in the middle")
                    kill(server.process.processIdentifier, SIGKILL)
                    try await eventually("the server is gone") { !server.process.isRunning }
                }
                try await RunningServer.with(.smollm2, options) { server in
                    let said = try await Self.run("store_client.py", server, ["check-background"] + ids)
                    #expect(said.contains("passed check-background: 20 responses"))
                }
            }
        }

        /// The lines of a batch that are answered.
        private static func completed(_ batch: String, _ server: RunningServer) async throws -> Int {
            let shown = try await HTTPExchange.get("/v1/batches/\(batch)", port: server.port)
            let count = shown.body.firstMatch(of: /"completed":([0-9]+)/)?.1 ?? ""
            return try #require(Int(count), "\(shown.body)")
        }
    }
}
