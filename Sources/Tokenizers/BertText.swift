/// How BERT's tokenizer rewrites text before it cuts it into words (Devlin et al., 2019; as Hugging Face's tokenizers do
/// it).
struct BertText: Sendable {
    /// Whether control characters go, and white space becomes spaces.
    var cleansText = true
    /// Whether spaces are put around Chinese characters.
    var separatesChinese = true
    /// Whether accents are taken off.
    var stripsAccents = true
    /// Whether letters become small.
    var lowercases = true

    /// The rewritten text of one range.
    func rewrite(_ text: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(range.count + range.count / 8)
        let table = ScalarTable.shared
        var position = range.lowerBound
        while position < range.upperBound {
            let (value, length) = text.scalar(at: position, to: range.upperBound)
            defer { position += length }
            if cleansText {
                if Self.isRemoved(value, table[value]) { continue }
                if Self.isSpace(value, table[value]) {
                    output.append(0x20)
                    continue
                }
            }
            let isChinese = separatesChinese && Self.isChinese(value)
            if isChinese { output.append(0x20) }
            output.append(contentsOf: text[position..<(position + length)])
            if isChinese { output.append(0x20) }
        }
        if stripsAccents { output = Normalizer.withoutAccents(output) }
        if lowercases { output = Normalizer.lowercase(output, 0..<output.count) }
        return output
    }

    private static func isRemoved(_ value: UInt32, _ scalar: ScalarClass) -> Bool {
        if value == 0x09 || value == 0x0A || value == 0x0D { return false }
        // Cc, Cf, Cs and Co.
        return value == 0 || value == 0xFFFD || 25...28 ~= scalar.earlyCategory(of: value)
    }

    private static func isSpace(_ value: UInt32, _ scalar: ScalarClass) -> Bool {
        value == 0x09 || value == 0x0A || value == 0x0D || scalar.isWhitespace
    }

    private static func isChinese(_ value: UInt32) -> Bool {
        guard value >= 0x3400 else { return false }
        return switch value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
