import JSON

extension WeightFormat {
    /// Reads how a config.json says that weights are stored.
    /// - Parameter quantization: vLLM's `--quantization`, which quantises a 16-bit checkpoint while it loads.
    /// - Throws: ``ProfileError/unknownQuantization(_:)``, or what is wrong with a key.
    init(_ config: ConfigReader, quantization: String?) throws(ProfileError) {
        let dtype = config.value("torch_dtype", "dtype")?.value.stringValue ?? "bfloat16"
        let plainBytes = dtype == "float32" ? 4 : 2
        if let (key, value) = config.value("quantization_config", "compression_config") {
            guard case .object = value else {
                throw .wrongType(key: key, expected: "an object", value: value.kind)
            }
            self = try Self.stored(value, plainBytes: min(plainBytes, 2))
            return
        }
        guard let quantization, quantization != "none", quantization != "auto" else {
            let names = ["float16": "fp16", "float32": "fp32", "bfloat16": "bf16"]
            self.init(name: names[dtype] ?? dtype, layout: .plain(bytes: plainBytes), plainBytes: plainBytes)
            return
        }
        guard Self.names.contains(quantization) else { throw .unknownQuantization(quantization) }
        self.init(
            name: quantization, layout: try Self.layout(quantization, try ConfigReader([:] as JSONValue)),
            plainBytes: 2)
    }

    private static func stored(_ value: JSONValue, plainBytes: Int) throws(ProfileError) -> WeightFormat {
        let config = try ConfigReader(value)
        guard let method = (value["quant_method"] ?? value["quant_algo"])?.stringValue else {
            throw .missing(key: "quantization_config.quant_method")
        }
        var format = WeightFormat(
            name: method, layout: try layout(method.lowercased(), config), plainBytes: plainBytes)
        let lists = ["modules_to_not_convert", "ignore", "llm_int8_skip_modules", "exclude_modules"]
        format.keeps = lists.flatMap { value[$0]?.arrayValue ?? [] }.compactMap(\.stringValue).map(pieces)
            .filter { !$0.isEmpty }
        return format
    }

    /// The literal parts of a module's name or pattern, in order.
    private static func pieces(_ pattern: String) -> [String] {
        var text = Substring(pattern)
        if text.hasPrefix("re:") { text = text.dropFirst(3) }
        return text.filter { !"^$\\".contains($0) }.split(separator: "*").map { piece in
            var name = piece
            while name.hasSuffix(".") { name.removeLast() }
            while name.hasPrefix(".") { name.removeFirst() }
            return String(name)
        }.filter { !$0.isEmpty }
    }

    private static func layout(_ method: String, _ config: ConfigReader) throws(ProfileError) -> Layout {
        switch method {
        case "gptq", "gptq_marlin", "auto-round", "auto_round":
            return .grouped(
                bits: try bits(config), group: try group(config), hasZeros: true, hasOrder: true)
        case "awq", "awq_marlin":
            return .grouped(bits: try bits(config), group: try group(config), hasZeros: true, hasOrder: false)
        case "fp8", "fbgemm_fp8", "ptpc_fp8":
            guard let size = try config.integers("weight_block_size"), size.count == 2,
                size.allSatisfy({ $0 > 0 })
            else { return .fp8(block: nil) }
            return .fp8(block: Block(rows: size[0], columns: size[1]))
        case "bitsandbytes":
            if try config.flag("load_in_8bit") == true { return .int8 }
            return .nf4(quantizesScales: try config.flag("bnb_4bit_use_double_quant") ?? true)
        case "mxfp4": return .fp4(group: 32)
        case "modelopt", "modelopt_fp4", "nvfp4":
            let algorithm =
                config.value("quant_algo")?.value.stringValue ?? (method == "modelopt" ? "FP8" : "NVFP4")
            return algorithm.contains("FP4") ? .fp4(group: 16) : .fp8(block: nil)
        case "int8": return .int8
        case "compressed-tensors": return try compressed(config)
        default: throw .unknownQuantization(method)
        }
    }

    /// The first group of compressed-tensors' `config_groups`, which holds for all projections but the ignored.
    private static func compressed(_ config: ConfigReader) throws(ProfileError) -> Layout {
        guard let weights = config.value("config_groups")?.value.members.first?.value["weights"] else {
            return .fp8(block: nil)
        }
        let reader = try ConfigReader(weights)
        let bits = try reader.integer("num_bits", in: 1...16) ?? 8
        if bits == 8 {
            return weights["type"]?.stringValue == "float" ? .fp8(block: nil) : .int8
        }
        if weights["type"]?.stringValue == "float" { return .fp4(group: try group(reader) ?? 16) }
        let isSymmetric = try reader.flag("symmetric") ?? true
        return .grouped(
            bits: bits, group: weights["group_size"] == nil ? nil : try group(reader), hasZeros: !isSymmetric,
            hasOrder: false)
    }

    private static func bits(_ config: ConfigReader) throws(ProfileError) -> Int {
        try config.integer("bits", "w_bit", in: 1...16) ?? 4
    }

    /// Inputs that share a scale; nil where all do, which files write as -1 or null.
    private static func group(_ config: ConfigReader) throws(ProfileError) -> Int? {
        guard
            let size = try config.integer(
                "group_size", "q_group_size", in: -1...ConfigReader.widths.upperBound)
        else { return 128 }
        return size < 1 ? nil : size
    }
}
