import Tokenizers
import Tokens

/// How a model that was trained to fill gaps is shown what stands before and after one.
///
/// Bavarian et al., "Efficient Training of Language Models to Fill in the Middle" (2022), in the order prefix, suffix,
/// middle.
struct FillInTheMiddle {
    /// What stands before the prefix, between prefix and suffix, and after the suffix.
    private let markers: [TokenID]
    /// Tokens beside the model's own end after which the gap is filled.
    let endings: [TokenID]

    /// The markers of Qwen Coder and CodeGemma, StarCoder, DeepSeek Coder, and Code Llama.
    private static let knownMarkers = [
        ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
        ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
        ["▁<PRE>", "▁<SUF>", "▁<MID>"],
    ]
    private static let knownEndings = [
        "<|endoftext|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<file_sep>", "▁<EOT>",
    ]

    /// Finds the markers among a tokenizer's special tokens; nil where it has none.
    init?(_ tokenizer: Tokenizer) {
        func token(_ text: String) -> TokenID? {
            let tokens = tokenizer.encode(text, addSpecialTokens: false)
            return tokens.count == 1 && tokenizer.isSpecial(tokens[0]) ? tokens[0] : nil
        }
        let found = Self.knownMarkers.lazy.map { $0.compactMap(token) }.first { $0.count == 3 }
        guard let found else { return nil }
        markers = found
        endings = Self.knownEndings.compactMap(token)
    }

    /// The prompt whose answer fills the gap between the two.
    func prompt(prefix: [TokenID], suffix: [TokenID]) -> [TokenID] {
        [markers[0]] + prefix + [markers[1]] + suffix + [markers[2]]
    }
}
