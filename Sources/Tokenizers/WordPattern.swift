/// The patterns by which most byte-level tokenizers cut text into words, matched by hand.
///
/// Both tile the text: every scalar belongs to a word. Their regular expressions are in
/// ``init(expression:)``; the tests hold them equal to ``Pattern`` on random text.
enum WordPattern: Hashable, Sendable {
    /// GPT-2: contractions in lower case; letters, digits or symbols with at most one space before them.
    case gpt2
    /// Llama 3 (`digitsMax` 3) and Qwen2 (1): contractions in either case, any one scalar before letters,
    /// digits in short groups, line breaks after symbols.
    case llama(digitsMax: Int)

    /// The pattern that such a regular expression from a tokenizer.json means, or nil where it is another
    /// one.
    init?(expression: String) {
        let llama = { (digits: String) in
            #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
                + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
        }
        switch expression {
        case Self.gpt2Expression: self = .gpt2
        case llama(#"\p{N}"#): self = .llama(digitsMax: 1)
        case llama(#"\p{N}{1,3}"#): self = .llama(digitsMax: 3)
        default: return nil
        }
    }

    static let gpt2Expression =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Appends the words of the text in `range`, in order.
    func split(_ text: [UInt8], _ range: Range<Int>, into words: inout [Range<Int>]) {
        let scanner = WordScanner(text: text, end: range.upperBound)
        var start = range.lowerBound
        while start < range.upperBound {
            let end =
                switch self {
                case .gpt2: scanner.gpt2Word(from: start)
                case .llama(let digitsMax): scanner.llamaWord(from: start, digitsMax: digitsMax)
                }
            words.append(start..<end)
            start = end
        }
    }
}

/// Reads words of UTF-8 text; each function is given a position before the end and returns a later one.
private struct WordScanner {
    let text: [UInt8]
    let end: Int
    let table = ScalarTable.shared

    private struct Scalar {
        let value: UInt32
        let scalarClass: ScalarClass
        let next: Int

        var isLineBreak: Bool { value == 0x0A || value == 0x0D }
        var isSymbol: Bool { !scalarClass.isLetter && !scalarClass.isNumber && !scalarClass.isWhitespace }
    }

    func gpt2Word(from start: Int) -> Int {
        let first = scalar(at: start)
        if first.value == 0x27, let contraction = contraction(after: first.next, ignoringCase: false) {
            return contraction
        }
        var body = first
        if first.value == 0x20, first.next < end { body = scalar(at: first.next) }
        if body.scalarClass.isLetter { return skip(from: body.next) { $0.scalarClass.isLetter } }
        if body.scalarClass.isNumber { return skip(from: body.next) { $0.scalarClass.isNumber } }
        if body.isSymbol { return skip(from: body.next) { $0.isSymbol } }
        return whitespace(from: start)
    }

    func llamaWord(from start: Int, digitsMax: Int) -> Int {
        let first = scalar(at: start)
        if first.value == 0x27, let contraction = contraction(after: first.next, ignoringCase: true) {
            return contraction
        }
        if first.scalarClass.isLetter { return skip(from: first.next) { $0.scalarClass.isLetter } }
        if first.scalarClass.isNumber {
            return skip(from: first.next, atMost: digitsMax - 1) { $0.scalarClass.isNumber }
        }
        let second = first.next < end ? scalar(at: first.next) : nil
        if let second, !first.isLineBreak, second.scalarClass.isLetter {
            return skip(from: second.next) { $0.scalarClass.isLetter }
        }
        if first.isSymbol {
            return skip(from: skip(from: first.next) { $0.isSymbol }) { $0.isLineBreak }
        }
        if let second, first.value == 0x20, second.isSymbol {
            return skip(from: skip(from: second.next) { $0.isSymbol }) { $0.isLineBreak }
        }
        var position = start
        var afterLineBreak: Int?
        while position < end {
            let scalar = scalar(at: position)
            guard scalar.scalarClass.isWhitespace else { break }
            position = scalar.next
            if scalar.isLineBreak { afterLineBreak = position }
        }
        return afterLineBreak ?? whitespace(from: start)
    }

    /// `\s+(?!\S)|\s+`: the whole run at the end of text or where it is one scalar, else all but its last
    /// scalar.
    private func whitespace(from start: Int) -> Int {
        let runEnd = skip(from: start) { $0.scalarClass.isWhitespace }
        guard runEnd < end else { return runEnd }
        let last = text.scalarStart(before: runEnd, from: start)
        return last > start ? last : runEnd
    }

    /// The end of `s`, `t`, `re`, `ve`, `m`, `ll` or `d` at that position; U+017F folds to `s`.
    private func contraction(after position: Int, ignoringCase: Bool) -> Int? {
        guard position < end else { return nil }
        let fold: UInt8 = ignoringCase ? 0x20 : 0
        switch text[position] | fold {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return position + 1
        case let letter where position + 1 < end:
            switch (letter, text[position + 1] | fold) {
            case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
                (UInt8(ascii: "l"), UInt8(ascii: "l")):
                return position + 2
            default:
                return ignoringCase && text[position] == 0xC5 && text[position + 1] == 0xBF
                    ? position + 2 : nil
            }
        default: return nil
        }
    }

    @inline(__always)
    private func scalar(at position: Int) -> Scalar {
        let (value, length) = text.scalar(at: position, to: end)
        return Scalar(value: value, scalarClass: table[value], next: position + length)
    }

    @inline(__always)
    private func skip(from start: Int, atMost limit: Int = .max, while belongs: (Scalar) -> Bool) -> Int {
        var position = start
        var left = limit
        while position < end, left > 0 {
            let scalar = scalar(at: position)
            guard belongs(scalar) else { break }
            position = scalar.next
            left -= 1
        }
        return position
    }
}
