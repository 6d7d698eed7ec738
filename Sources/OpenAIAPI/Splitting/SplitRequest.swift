package import JSON
import OrderedCollections

/// `POST /v1/files/split`, api-for-open-llm's: a file's text in chunks, for retrieval.
///
/// Its `url` is refused: this server fetches nothing for anybody.
package struct SplitRequest: Sendable {
    /// The file to split, where it is one that was uploaded before.
    package let fileID: String?
    private let manner: TextSplitter.Manner
    private let size: Int
    private let overlap: Int
    private let enhancesTitles: Bool

    private let limits: TextSplitter.Limits

    /// Parses a request's body, or the fields of a form.
    package init(parsing body: JSONValue, limits: APILimits) throws(APIError) {
        self.limits = TextSplitter.Limits(
            chunksMax: limits.splitChunksMax, charactersMax: limits.splitCharactersMax)
        var fields = try RequestFields(body)
        fileID = try fields.string("file_id")
        if fields.has("url") {
            throw .unsupported(
                "url", "url is not supported: this server fetches nothing; upload the file instead")
        }
        size = try fields.int("chunk_size", 1...limits.splitSizeMax) ?? 250
        overlap = try fields.int("chunk_overlap", 0...limits.splitSizeMax) ?? min(50, size - 1)
        guard overlap < size else {
            throw .invalid("chunk_overlap", "chunk_overlap must be below chunk_size, \(size), not \(overlap)")
        }
        let name = try fields.string("text_splitter_name") ?? TextSplitter.Manner.chinese.rawValue
        guard let manner = TextSplitter.Manner(rawValue: name) else {
            let known = TextSplitter.Manner.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(
                "text_splitter_name",
                "text_splitter_name must be one of \(known), not \(APIError.quoted(name))")
        }
        self.manner = manner
        enhancesTitles = try fields.bool("zh_title_enhance") ?? false
    }

    /// The chunks of a file.
    ///
    /// - Parameters:
    ///   - id: The answer's name, `docs-…`.
    ///   - name: What the file is called; HTML is known by it.
    ///   - source: What each chunk says of where it is from.
    /// - Throws: ``APIError`` 400 where the file is no text, or its chunks are too many.
    package func response(
        _ bytes: [UInt8], id: String, name: String, isHTML: Bool, source: JSONValue
    ) throws(APIError) -> JSONValue {
        guard let text = String(validating: Self.plainLines(bytes), as: UTF8.self), !text.utf8.contains(0)
        else {
            throw APIError(
                status: 400,
                "\(APIError.quoted(name)) is no text in UTF-8: only text, Markdown and HTML can be split",
                parameter: "file", code: "unsupported_file")
        }
        let splitter = TextSplitter(manner, size: size, overlap: overlap, limits: limits)
        let plain = isHTML ? HTMLText.text(of: text) : text
        let sections = manner == .markdown ? MarkdownSections.sections(of: plain) : [plain]
        guard var chunks = splitter.split(sections) else {
            throw .invalid(
                "chunk_size",
                "the chunks would be more than \(limits.chunksMax), or have more than \(limits.charactersMax) "
                    + "characters together; chunk_size is \(size), chunk_overlap \(overlap): raise the first, or "
                    + "lower the second")
        }
        if enhancesTitles { chunks = ChineseTitles.enhance(chunks) }
        let docs: [JSONValue] = chunks.map {
            ["page_content": .string($0), "metadata": ["source": source], "type": "Document"]
        }
        return ["id": .string(id), "object": "docs", "docs": .array(docs)]
    }

    /// The text with every line ended by a line feed alone.
    private static func plainLines(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(0x0D) else { return bytes }
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
            lines.append(byte == 0x0D ? 0x0A : byte)
        }
        return lines
    }
}

/// The parts of a Markdown text that stand under one heading each.
enum MarkdownSections {
    static func sections(of text: String) -> [String] {
        var sections: [[Substring]] = [[]]
        var fence: Substring?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = line.drop { $0 == " " }
            if let open = fence {
                if bare.hasPrefix(open) { fence = nil }
            } else if bare.hasPrefix("```") || bare.hasPrefix("~~~") {
                fence = bare.prefix(3)
            } else if isHeading(bare), !(sections.last?.isEmpty ?? true) {
                sections.append([])
            }
            sections[sections.count - 1].append(line)
        }
        return sections.map { $0.joined(separator: "\n") }
    }

    private static func isHeading(_ line: Substring) -> Bool {
        let marks = line.prefix { $0 == "#" }.count
        return 1...6 ~= marks && line.dropFirst(marks).first == " "
    }
}

/// api-for-open-llm's `zh_title_enhance`: what follows a chunk that looks like a numbered title names the
/// title.
enum ChineseTitles {
    private static let titleCharactersMax = 20

    static func enhance(_ chunks: [String]) -> [String] {
        var title: String?
        return chunks.map { chunk in
            if isTitle(chunk) {
                title = chunk
                return chunk
            }
            return title.map { "下文与(\($0))有关。\(chunk)" } ?? chunk
        }
    }

    static func isTitle(_ text: String) -> Bool {
        guard let last = text.last, text.count <= titleCharactersMax, last.isLetter || last.isNumber else {
            return false
        }
        let visible = text.filter { !$0.isWhitespace }
        guard visible.count(where: \.isLetter) * 2 >= visible.count else { return false }
        return text.prefix(5).contains(where: \.isNumber) && !text.allSatisfy(\.isNumber)
    }
}
