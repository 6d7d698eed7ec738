/// Cuts a text into chunks at the most telling places: between paragraphs, lines, sentences, clauses, words.
///
/// A chunk has at most `size` characters (Unicode scalars, as Python counts them), and begins with whole
/// pieces of the end of the one before it, of at most `overlap` characters.
/// - Complexity: O(characters × levels), and the characters of the chunks.
package struct TextSplitter: Sendable {
    /// What the chunks of one text may come to: small ones are many, and where they overlap by almost all of them, they
    /// repeat the text as often.
    package struct Limits: Sendable {
        /// The most chunks.
        package var chunksMax: Int
        /// The most characters of all chunks together.
        package var charactersMax: Int

        package init(chunksMax: Int, charactersMax: Int) {
            self.chunksMax = chunksMax
            self.charactersMax = charactersMax
        }
    }

    /// What may end a piece: one of these scalars, and where `needsSpace` is set, white space behind it.
    struct Separator: Sendable {
        var endings: Set<Unicode.Scalar>
        /// How many in a row are needed.
        var count = 1
        var needsSpace = false
    }

    /// The places to cut at, by the names that api-for-open-llm gave its splitters.
    package enum Manner: String, Sendable, CaseIterable {
        case chinese = "ChineseRecursiveTextSplitter"
        case recursive = "RecursiveCharacterTextSplitter"
        case paragraphs = "CharacterTextSplitter"
        case markdown = "MarkdownHeaderTextSplitter"

        /// The best places first; a level is the separators that count the same.
        var levels: [[Separator]] {
            let paragraph = [Separator(endings: ["\n"], count: 2)]
            let line = [Separator(endings: ["\n"])]
            let word = [Separator(endings: [" ", "\t"])]
            return switch self {
            case .paragraphs: [paragraph]
            case .recursive: [paragraph, line, word]
            case .chinese, .markdown:
                [
                    paragraph, line,
                    [Separator(endings: ["。", "！", "？"])],
                    [Separator(endings: [".", "!", "?"], needsSpace: true)],
                    [Separator(endings: ["；"]), Separator(endings: [";"], needsSpace: true)],
                    [Separator(endings: ["，"]), Separator(endings: [","], needsSpace: true)],
                    word,
                ]
            }
        }
    }

    private typealias Piece = Range<Int>

    private let manner: Manner
    private let size: Int
    private let overlap: Int
    private let limits: Limits

    /// - Precondition: 0 ≤ overlap < size.
    package init(
        _ manner: Manner, size: Int, overlap: Int,
        limits: Limits = Limits(chunksMax: .max, charactersMax: .max)
    ) {
        precondition(0 <= overlap && overlap < size, "an overlap is smaller than a chunk")
        self.manner = manner
        self.size = size
        self.overlap = overlap
        self.limits = limits
    }

    /// The chunks of some texts one after another, without white space around them and without empty lines in them;
    /// none is empty. Nil where they come to more than the limits.
    package func split(_ texts: [String]) -> [String]? {
        var chunks: [String] = []
        var charactersLeft = limits.charactersMax
        for text in texts {
            let scalars = Array(text.unicodeScalars)
            var pieces: [Piece] = []
            cut(0..<scalars.count, of: scalars, manner.levels[...], into: &pieces)
            guard
                let ranges = merge(
                    pieces, countMax: limits.chunksMax - chunks.count, charactersLeft: &charactersLeft)
            else { return nil }
            chunks += ranges.map { Self.tidy(scalars[$0]) }.filter { !$0.isEmpty }
        }
        return chunks
    }

    /// Cuts a range until every piece of it is small enough.
    private func cut(
        _ range: Piece, of scalars: [Unicode.Scalar], _ levels: ArraySlice<[Separator]>,
        into pieces: inout [Piece]
    ) {
        guard range.count > size else {
            if !range.isEmpty { pieces.append(range) }
            return
        }
        guard let separators = levels.first else {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
                pieces.append(start..<min(start + size, range.upperBound))
            }
            return
        }
        var start = range.lowerBound
        var position = start
        while position < range.upperBound {
            // No two separators of a level share a scalar.
            let run = separators.lazy.map { Self.run(of: $0, at: position, scalars, range) }.first {
                !$0.scalars.isEmpty
            }
            guard let end = run?.cut else {
                // Nothing separates later in a run that does not.
                position = run?.scalars.upperBound ?? position + 1
                continue
            }
            cut(start..<end, of: scalars, levels.dropFirst(), into: &pieces)
            (start, position) = (end, end)
        }
        cut(start..<range.upperBound, of: scalars, levels.dropFirst(), into: &pieces)
    }

    /// The run of a separator's scalars at a position, and where a piece ends with it, if one does.
    private static func run(
        of separator: Separator, at position: Int, _ scalars: [Unicode.Scalar], _ range: Piece
    ) -> (scalars: Piece, cut: Int?) {
        var end = position
        while end < range.upperBound, separator.endings.contains(scalars[end]) { end += 1 }
        let run = position..<end
        guard run.count >= separator.count else { return (run, nil) }
        guard separator.needsSpace else { return (run, end) }
        guard end < range.upperBound, scalars[end].properties.isWhitespace else { return (run, nil) }
        return (run, end + 1)
    }

    /// Puts neighbours together while they fit; nil where that makes too many chunks, or too long ones together.
    private func merge(_ pieces: [Piece], countMax: Int, charactersLeft: inout Int) -> [Piece]? {
        var chunks: [Piece] = []
        /// Where each piece of the chunk that is growing begins.
        var starts: [Int] = []
        var end = 0
        for piece in pieces {
            if let start = starts.first, piece.upperBound - start > size {
                chunks.append(start..<end)
                charactersLeft -= end - start
                guard chunks.count <= countMax, charactersLeft >= 0 else { return nil }
                starts.removeFirst(while: { end - $0 > overlap || piece.upperBound - $0 > size })
            }
            starts.append(piece.lowerBound)
            end = piece.upperBound
        }
        if let start = starts.first {
            chunks.append(start..<end)
            charactersLeft -= end - start
        }
        return chunks.count <= countMax && charactersLeft >= 0 ? chunks : nil
    }

    private static func tidy(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        var text = String.UnicodeScalarView()
        for scalar in scalars[first...last] where scalar != "\n" || text.last != "\n" { text.append(scalar) }
        return String(text)
    }
}

extension [Int] {
    /// Removes elements from the front for as long as they are meant.
    fileprivate mutating func removeFirst(while isMeant: (Int) -> Bool) {
        self = Array(drop(while: isMeant))
    }
}
