import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Encoders in the real binary: beside a chat model, alone, and in the commands.
    @Suite(.needs(.minilm)) struct EmbeddingSystemTests {
        private static let golden = Binary.root.appending(path: "Tests/ModelsTests/Golden/minilm.json").path

        @Test(.needs(.smollm2))
        func `the official client gets vectors and ranks from an encoder beside a chat model`() async throws {
            let options = ["--model", "minilm=\(FetchedEncoder.minilm.path)", "--max-model-len", "2048"]
            try await RunningServer.with(.smollm2, options) { server in
                for expected in ["minilm", "bert", "vectors of 384", "llama"] {
                    #expect(server.firstScreen.contains(expected), "\(server.firstScreen)")
                }
                let output = try await PythonClient.run(
                    "embedding_client.py", [server.url, RunningServer.apiKey, Self.golden])
                #expect(output.contains("passed many_at_once_beside_a_chat_get_the_same_bits"))
            }
        }

        @Test func `an encoder is served alone, and shows how to try it`() async throws {
            try await RunningServer.with(path: FetchedEncoder.minilm.path) { server in
                #expect(server.firstScreen.contains("/v1/embeddings"))
                let models = try await HTTPExchange.get("/v1/models", port: server.port)
                #expect(models.body.contains("all-MiniLM-L6-v2"))
                let exchange = try HTTPExchange(
                    "POST", "/v1/embeddings", body: #"{"input": "a", "dimensions": 2}"#, port: server.port)
                let answer = try await exchange.read()
                #expect(answer.hasPrefix("HTTP/1.1 200"))
                server.terminate()
                #expect(try await server.exitStatus() == 0)
            }
        }

        @Test func `two models of one name are refused, and so is nothing at all`() async throws {
            let path = FetchedEncoder.minilm.path
            let twice = try await Binary.run(["serve", path, "--model", path, "--port", "0"])
            #expect(twice.status != 0 && twice.errors.contains("--model NAME=PATH"), "\(twice.errors)")
            let missing = try await Binary.run(["serve", path, "--model", "a=/nowhere/model", "--port", "0"])
            #expect(missing.status != 0 && missing.errors.contains("/nowhere/model"), "\(missing.errors)")
        }

        @Test func `inspect and tokenize read its folder`() async throws {
            let path = FetchedEncoder.minilm.path
            let contents = try await Binary.run(["inspect", path])
            #expect(contents.output.contains("embeddings.word_embeddings.weight"), "\(contents.errors)")
            let tokens = try await Binary.run(["tokenize", path, "Unaffable swifts!", "--json"])
            // [CLS] una ##ffa ##ble swift ##s ! [SEP]
            #expect(tokens.output.contains("[101, "), "\(tokens.output)\(tokens.errors)")
            #expect(tokens.output.contains(#""ffa""#) && tokens.output.contains(", 999, 102]"))
            #expect(tokens.status == 0)
        }
    }
}
