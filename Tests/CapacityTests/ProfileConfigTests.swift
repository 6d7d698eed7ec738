import Capacity
import JSON
import ModelFiles
import Tensors
import Testing

/// Golden configs are written from the models' public values; the totals are those of their model cards.
@Suite struct ProfileConfigTests {
    static let folder =
        #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Golden/configs/"

    static func profile(_ name: String, quantization: String? = nil) throws -> ModelProfile {
        try ModelProfile.load(path: folder + name + ".json", quantization: quantization)
    }

    @Test(
        "parameters are counted exactly",
        arguments: [
            ("Llama-3.1-8B-Instruct", 8_030_261_248), ("Llama-3.1-70B-Instruct", 70_553_706_496),
            ("Qwen1.5-14B-Chat", 14_167_290_880), ("Qwen2.5-7B-Instruct", 7_615_616_512),
            ("Qwen2.5-0.5B-Instruct", 494_032_768), ("DeepSeek-R1-Distill-Qwen-14B", 14_770_033_664),
            ("Qwen3-0.6B", 596_049_920), ("Qwen3-4B", 4_022_468_096), ("Qwen3-30B-A3B", 30_532_122_624),
            ("Mistral-7B-Instruct-v0.3", 7_248_023_552), ("Mixtral-8x7B-Instruct-v0.1", 46_702_792_704),
            ("Phi-4", 14_659_507_200), ("deepseek-coder-6.7b-instruct", 6_740_512_768),
            ("CodeLlama-13B-Instruct", 13_016_028_160), ("gemma-2-9b-it", 9_241_705_984),
            ("DeepSeek-V2-Lite", 15_706_484_224), ("phi-2", 2_779_683_840), ("gpt2", 124_439_808),
            ("opt-125m", 125_239_296), ("bloom-560m", 559_214_592), ("falcon-7b", 6_921_720_704),
            ("pythia-160m", 162_322_944), ("starcoder2-3b", 3_030_371_328), ("chatglm3-6b", 6_243_584_000),
            ("Qwen-7B-Chat", 7_721_324_544), ("Qwen1.5-MoE-A2.7B", 14_315_784_192),
            ("mamba-130m-hf", 129_135_360), ("gpt-oss-20b", 20_914_757_184), ("gemma-3-4b-it", 4_300_079_472),
            ("Jamba-v0.1", 51_570_323_328), ("Qwen3-VL-30B-A3B-Instruct", 31_070_754_032),
            ("Qwen2.5-VL-7B-Instruct", 8_292_166_656),
            ("DeepSeek-V3", 671_026_404_352), ("Qwen3-Next-80B-A3B-Instruct", 79_674_391_296),
        ])
    func parameters(name: String, total: Int) throws {
        #expect(try Self.profile(name).parameterCount == total)
    }
}
