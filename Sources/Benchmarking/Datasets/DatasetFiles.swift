package import JSON

/// Loads that stand in files.
package enum DatasetFiles {
    /// How long a text is in tokens: a tokenizer's answer, or an estimate.
    package typealias TokenCount = (String) -> Int

    /// One token for four bytes: about right for English text.
    package static func estimate(_ text: String) -> Int { max(1, text.utf8.count / 4) }

    /// ShareGPT's form: an array of conversations, `[{"conversations": [{"value": …}, {"value": …}, …]}, …]`.
    ///
    /// The first turn is the prompt, and the second one's length that of the output. Conversations are taken in random
    /// order, again from the start where there are too few.
    ///
    /// - Throws: ``DatasetError`` where no conversation can be used.
    package static func shareGPT(
        _ value: JSONValue, count: Int, output: Int?, seed: UInt64, tokens: TokenCount
    ) throws(DatasetError) -> [BenchmarkRequest] {
        guard var conversations = value.arrayValue else {
            throw DatasetError("the file is no array of conversations, but a \(value.kind)")
        }
        var random = SeededRandom(seed: seed)
        conversations.shuffle(using: &random)
        var requests: [BenchmarkRequest] = []
        for conversation in conversations where requests.count < count {
            let turns = conversation["conversations"]
            guard let prompt = turns?[0]?["value"]?.stringValue, let answer = turns?[1]?["value"]?.stringValue
            else { continue }
            let lengths = (input: tokens(prompt), output: output ?? tokens(answer))
            guard ShareGPTLimits.allow(input: lengths.input, output: lengths.output) else { continue }
            requests.append(
                BenchmarkRequest(
                    prompt: .text(prompt), promptTokens: lengths.input, outputTokens: lengths.output))
        }
        return try repeated(requests, count, "conversation of two turns and a usable length")
    }

    /// vLLM's `custom`: a JSON object a line, `{"prompt": "…"}`, perhaps with `"output_tokens"`.
    ///
    /// - Throws: ``DatasetError`` where a line is no such object.
    package static func custom(
        _ text: String, count: Int, output: Int, tokens: TokenCount
    ) throws(DatasetError) -> [BenchmarkRequest] {
        var requests: [BenchmarkRequest] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where requests.count < count && line.contains(where: { !$0.isWhitespace }) {
            let value: JSONValue
            do {
                value = try JSONValue(parsing: String(line))
            } catch {
                throw DatasetError("line \(index + 1) is no JSON: \(error)")
            }
            guard let prompt = value["prompt"]?.stringValue else {
                throw DatasetError("line \(index + 1) has no \"prompt\" that is a string")
            }
            let length = value["output_tokens"]?.intValue ?? output
            guard (1...LengthRange.tokensMax).contains(length) else {
                throw DatasetError(
                    "line \(index + 1) asks for \(length) output tokens; 1 to \(LengthRange.tokensMax) can be"
                )
            }
            requests.append(
                BenchmarkRequest(prompt: .text(prompt), promptTokens: tokens(prompt), outputTokens: length))
        }
        return try repeated(requests, count, "prompt")
    }

    private static func repeated(
        _ requests: [BenchmarkRequest], _ count: Int, _ what: String
    ) throws(DatasetError) -> [BenchmarkRequest] {
        guard !requests.isEmpty else { throw DatasetError("the file has no \(what)") }
        return (0..<count).map { requests[$0 % requests.count] }
    }
}

/// Why a file gives no load.
package struct DatasetError: Error, Sendable, CustomStringConvertible {
    /// One line for people: what is wrong, and where.
    package let description: String

    init(_ description: String) { self.description = description }
}
