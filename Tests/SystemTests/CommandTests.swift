import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The small commands, run as a person runs them.
    struct CommandTests {
        @Test func `help teaches every command, and a wrong flag shows the usage`() async throws {
            let help = try await Binary.run(["--help"])
            #expect(help.status == 0)
            for command in ["serve", "chat", "inspect", "tokenize", "render"] {
                #expect(help.output.contains(command))
                #expect(try await Binary.run([command, "--help"]).output.contains("USAGE"))
            }
            let wrong = try await Binary.run(["serve", "--no-such-flag"])
            #expect(wrong.status == 64)
            #expect(wrong.errors.contains("--no-such-flag"))
        }

        @Test(arguments: [
            Data(), Data("GGUF".utf8), Data("no model at all\n".utf8),
            Data("GGUF".utf8) + Data([3, 0, 0, 0]) + Data(repeating: 0xFF, count: 64),
        ])
        func `inspect ends with status 2 and one line on a broken file`(content: Data) async throws {
            try await Scratch.with { scratch in
                let file = try scratch.file("broken.gguf", content).path
                let result = try await Binary.run(["inspect", file])
                #expect(result.status == 2)
                #expect(result.output.isEmpty)
                #expect(result.errors.contains("broken.gguf"))
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }

        @Test(.needs(.smollm2)) func `inspect ends with status 2 on a file cut short`() async throws {
            try await Scratch.with { scratch in
                let handle = try FileHandle(forReadingFrom: URL(filePath: FetchedModel.smollm2.path))
                defer { try? handle.close() }
                let half = try #require(try handle.read(upToCount: 4 << 20))
                let result = try await Binary.run(["inspect", scratch.file("half.gguf", half).path])
                #expect(result.status == 2)
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }

        @Test(.needs(.smollm2)) func `inspect shows metadata and tensors as a table and as JSON`()
            async throws
        {
            let table = try await Binary.run(["inspect", FetchedModel.smollm2.path])
            #expect(table.status == 0)
            for expected in [
                "general.architecture", "llama", "token_embd.weight", "Q8_0", "blk.29.ffn_down.weight",
            ] {
                #expect(table.output.localizedCaseInsensitiveContains(expected))
            }
            let json = try await Binary.run(["inspect", FetchedModel.smollm2.path, "--json"])
            let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            let metadata = try #require(value?["metadata"] as? [String: Any])
            #expect(metadata["general.architecture"] as? String == "llama")
            #expect((value?["tensors"] as? [Any])?.count == 272)
        }

        @Test(.needs(.smollm2)) func `render and tokenize make the prompt that the golden tokens are of`()
            async throws
        {
            try await expectGoldenPrompt(of: .smollm2)
        }

        @Test(.needs(.qwenCoder)) func `render and tokenize agree with the golden tokens for Qwen too`()
            async throws
        {
            try await expectGoldenPrompt(of: .qwenCoder)
        }

        /// The prompt "capital" of `Tests/ModelsTests/Golden`, made by the commands.
        private func expectGoldenPrompt(of model: FetchedModel) async throws {
            struct Golden: Decodable {
                struct Prompt: Decodable {
                    let name: String
                    let tokens: [Int]
                }
                let prompts: [Prompt]
            }
            let file = Binary.root.appending(path: "Tests/ModelsTests/Golden/logits-\(model.name).json")
            let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
            let expected = try #require(golden.prompts.first { $0.name == "capital" }).tokens

            let messages = """
                [{"role": "system", "content": "You are a helpful assistant."},
                 {"role": "user", "content": "What is the capital of France? Answer in one sentence."}]
                """
            let prompt = try await Scratch.with { scratch in
                try await Binary.run([
                    "render", model.path, "--messages", scratch.file("messages.json", messages).path,
                ])
            }
            #expect(prompt.status == 0, "\(prompt.errors)")
            #expect(prompt.output.hasSuffix("<|im_start|>assistant\n"))
            let ids = try await Binary.run(["tokenize", model.path, "--json"], input: prompt.output)
            let value = try JSONSerialization.jsonObject(with: Data(ids.output.utf8)) as? [String: Any]
            #expect(value?["tokens"] as? [Int] == expected)
        }

        @Test(.needs(.smollm2)) func `chat answers each line of a pipe`() async throws {
            let result = try await Binary.run(
                ["chat", FetchedModel.smollm2.path, "--temperature", "0"],
                input: "What is the capital of France? Answer in one sentence.\n")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("Paris"))
        }
    }
}
