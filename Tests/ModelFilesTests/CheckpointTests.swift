import JSON
import ModelFiles
import Tensors
import Testing

struct CheckpointTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `both formats give the same tensors under the same names`() throws {
        var gguf = GGUFWriter.tiny()
        gguf.tensors.append(.zeros("output.weight", [5, 8]))
        let file = try Checkpoint.open(folder.write(gguf.bytes(), to: "model.gguf"))
        try FolderWriter.tiny().write(to: folder)
        let directory = try Checkpoint.open("\(folder.path)//")
        #expect(directory.tensors.mapValues(\.shape) == file.tensors.mapValues(\.shape))
        #expect(directory.source.path == folder.path && file.source.path == "\(folder.path)/model.gguf")
        #expect(file.parameterCount == 5 * 8 * 2 + 8 * 3 + 8 * 8 * 2 + 4 * 8 * 2 + 12 * 8 * 3)
        #expect(file.weightBytes == 4 * file.parameterCount && directory.weightBytes == file.weightBytes)
    }

    @Test func `a tensor is handed out in the shape that is asked for only`() throws {
        let path = try folder.write(GGUFWriter.tiny().bytes(), to: "model.gguf")
        let checkpoint = try Checkpoint.open(path)
        #expect(try checkpoint.tensor("blk.0.attn_k.weight", shape: [4, 8]).shape == [4, 8])
        #expect(
            throws: ModelFileError.wrongShape(
                path: path, tensor: "blk.0.attn_k.weight", expected: [8, 4], actual: [4, 8])
        ) { try checkpoint.tensor("blk.0.attn_k.weight", shape: [8, 4]) }
        #expect(throws: ModelFileError.missingTensor(path: path, name: "blk.1.attn_k.weight")) {
            try checkpoint.tensor("blk.1.attn_k.weight", shape: [4, 8])
        }
    }

    @Test(
        "A tensor that the family would ignore is refused",
        arguments: ["blk.0.attn_q.bias", "blk.0.ffn_gate.bias", "v.patch_embd.weight", "blk.x.attn_q.weight"])
    func refusesTensors(name: String) throws {
        var gguf = GGUFWriter.tiny()
        gguf.tensors.append(.zeros(name, [8]))
        let path = try folder.write(gguf.bytes(), to: "model.gguf")
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(path) }
        #expect(error.description.contains("tensor \(name) is not supported"))
    }

    @Test func `Qwen2 has a bias on queries, keys and values, and old rotary tensors are passed over`() throws
    {
        var model = FolderWriter.tiny("qwen2", architecture: "Qwen2ForCausalLM")
        model.tensors.append(.init("model.layers.0.self_attn.q_proj.bias", [8]))
        model.tensors.append(.init("model.layers.0.self_attn.rotary_emb.inv_freq", [2]))
        try model.write(to: folder)
        let checkpoint = try Checkpoint.open(folder.path)
        #expect(checkpoint.tensors["blk.0.attn_q.bias"]?.shape == [8])
        #expect(checkpoint.tensors.count == model.tensors.count - 1)
        model.tensors.append(.init("model.layers.0.self_attn.o_proj.bias", [8]))
        try model.write(to: folder)
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.contains("tensor blk.0.attn_output.bias is not supported"))
    }

    @Test func `what is no model is refused by name`() throws {
        for path in ["/nonexistent.gguf", "/dev/null"] {
            let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(path) }
            #expect(error.description.contains(path))
        }
        #expect(
            throws: ModelFileError.missingFile(path: "\(folder.path)/config.json", wantedBy: "a model folder")
        ) {
            try Checkpoint.open(folder.path)
        }
        try folder.write("", to: "config.json")
        #expect(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        try folder.write("[\n1,]", to: "config.json")
        let error = try #require(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
        #expect(error.description.contains("config.json: line 2, column 3: a value should stand here"))
        try folder.write("[]", to: "config.json")
        #expect(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
    }

    @Test func `the chat template comes from its own file before the tokenizer's config`() throws {
        try FolderWriter.tiny().write(to: folder)
        #expect(try Checkpoint.open(folder.path).chatTemplate == nil)
        try folder.write(#"{"chat_template": "one"}"#, to: "tokenizer_config.json")
        #expect(try Checkpoint.open(folder.path).chatTemplate == "one")
        let named =
            #"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#
        try folder.write(named, to: "tokenizer_config.json")
        #expect(try Checkpoint.open(folder.path).chatTemplate == "d")
        try folder.write("{{ messages }}", to: "chat_template.jinja")
        #expect(try Checkpoint.open(folder.path).chatTemplate == "{{ messages }}")
        try folder.write([0xFF], to: "chat_template.jinja")
        #expect(throws: ModelFileError.self) { try Checkpoint.open(folder.path) }
    }

    @Test func `a GGUF file's chat template and sampling are read`() throws {
        var gguf = GGUFWriter.tiny()
        gguf["tokenizer.chat_template"] = .string("{{ messages }}")
        gguf["general.sampling.temp"] = .float32(0.5)
        gguf["general.sampling.top_k"] = .int32(20)
        let checkpoint = try Checkpoint.open(folder.write(gguf.bytes(), to: "model.gguf"))
        #expect(checkpoint.chatTemplate == "{{ messages }}")
        #expect(checkpoint.generationDefaults == GenerationDefaults(temperature: 0.5, topK: 20))
    }

    @Test func `a folder's sampling is read`() throws {
        try FolderWriter.tiny().write(to: folder)
        #expect(try Checkpoint.open(folder.path).generationDefaults == GenerationDefaults())
        try folder.write(
            #"{"temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0, "repetition_penalty": 1.05, "#
                + #""max_new_tokens": 2048}"#,
            to: "generation_config.json")
        #expect(
            try Checkpoint.open(folder.path).generationDefaults
                == GenerationDefaults(
                    temperature: 0.7, topK: 20, topP: 0.8, minP: 0, repetitionPenalty: 1.05, tokensMax: 2048)
        )
    }

    @Test(
        "The quantisation is named by the file type, or else by most bytes",
        arguments: [(3, "Q4_1"), (15, "Q4_K_M"), (32, "BF16"), (1024, "F32"), (nil, "F32")]
            as [(UInt32?, String)])
    func namesQuantization(fileType: UInt32?, name: String) throws {
        var gguf = GGUFWriter.tiny()
        gguf["general.file_type"] = fileType.map { .uint32($0) }
        #expect(try Checkpoint.open(folder.write(gguf.bytes(), to: "model.gguf")).quantizationName == name)
    }

    @Test func `a folder's other files are read when asked for`() throws {
        try FolderWriter.tiny().write(to: folder)
        try folder.write(#"{"model": 1}"#, to: "tokenizer.json")
        guard case .folder(let source) = try Checkpoint.open(folder.path).source else {
            return #expect(Bool(false))
        }
        #expect(
            try source.json("tokenizer.json") == ["model": 1] && source.file("tokenizer.json")?.count == 12)
        #expect(try source.json("absent.json") == nil && source.text("absent.txt") == nil)
        var limits = ModelFileLimits()
        limits.textFileBytesMax = 8
        #expect(throws: ModelFileError.self) { try ModelFolder(path: folder.path, limits: limits) }
    }
}
