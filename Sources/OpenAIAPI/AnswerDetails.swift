import JSON
import OrderedCollections
import Sampling
package import Tokenizers
package import Tokens

/// What a request wants to see beside its answers' text: probabilities, ids, the prompt.
package struct AnswerDetails: Sendable {
    private let tokenizer: Tokenizer
    private let options: GenerationOptions
    private let prompts: [[TokenID]]
    private let echoes: [String]

    /// - Parameter echoes: what the answers to each prompt begin with, where the request asks for that.
    package init(
        _ tokenizer: Tokenizer, _ options: GenerationOptions, prompts: [[TokenID]], echoes: [String]
    ) {
        self.tokenizer = tokenizer
        self.options = options
        self.prompts = prompts
        self.echoes = echoes
    }

    /// Whether the ids of prompt and answer are shown.
    var showsTokenIDs: Bool { options.returnsTokenIDs }

    /// What an answer begins with.
    func echo(of choice: Int) -> String {
        options.echoes ? echoes[choice / options.choices] : ""
    }

    /// The prompt that an answer is to.
    func prompt(of choice: Int) -> [TokenID] { prompts[choice / options.choices] }

    // MARK: Ids

    /// Ids as numbers.
    func ids(_ tokens: [TokenID]) -> JSONValue { .array(tokens.map { .int($0.index) }) }

    // MARK: Probabilities

    /// A chat's `logprobs`: `{"content": [{"token", "logprob", "bytes", "top_logprobs"}]}`.
    func chatLogprobs(_ logprobs: [TokenLogprobs]) -> JSONValue {
        guard options.logprobs != nil else { return nil }
        let content = logprobs.map { logprobs in
            var members = entry(logprobs.taken)
            members["top_logprobs"] = .array(logprobs.top.map { .object(entry($0)) })
            return JSONValue.object(members)
        }
        return ["content": .array(content), "refusal": nil]
    }

    /// A plain completion's `logprobs`: `{"text_offset", "token_logprobs", "tokens", "top_logprobs"}`.
    ///
    /// - Parameters:
    ///   - offset: the characters of the answer's tokens before these.
    ///   - before: the prompt, where it came earlier; it counts where it was echoed.
    ///   - echoed: the prompt where it is echoed now, and what is known of its tokens from the second on.
    func textLogprobs(
        _ logprobs: [TokenLogprobs], offset: Int, after before: [TokenID],
        echoed: (tokens: [TokenID], logprobs: [TokenLogprobs])?
    ) -> JSONValue {
        guard let topCount = options.logprobs else { return nil }
        var offset = offset + (options.echoes ? before.reduce(0) { $0 + characters(of: $1) } : 0)
        var (offsets, numbers, tokens, tops): ([JSONValue], [JSONValue], [JSONValue], [JSONValue]) =
            ([], [], [], [])
        func append(_ token: TokenID, _ known: TokenLogprobs?) {
            let text = text(of: token)
            offsets.append(.int(offset))
            offset += characters(of: token)
            tokens.append(.string(text))
            numbers.append(known.map { number($0.taken.logprob) } ?? nil)
            // The token that was taken is always among them, as in vLLM and OpenAI.
            let shown = known.map { [$0.taken] + $0.top.prefix(topCount) } ?? []
            tops.append(known == nil ? nil : .object(byText(shown)))
        }
        if let echoed {
            for (token, known) in zip(echoed.tokens, [nil] + echoed.logprobs) { append(token, known) }
        }
        for known in logprobs { append(known.taken.token, known) }
        return [
            "text_offset": .array(offsets), "token_logprobs": .array(numbers), "tokens": .array(tokens),
            "top_logprobs": .array(tops),
        ]
    }

    /// vLLM's `prompt_logprobs`: for each token of the prompt, `null` for the first, what might have stood there, by id.
    func promptLogprobs(_ logprobs: [TokenLogprobs]) -> JSONValue? {
        guard let topCount = options.promptLogprobs else { return nil }
        return .array(
            [nil]
                + logprobs.map { known in
                    var members: OrderedDictionary<String, JSONValue> = [:]
                    members["\(known.taken.token)"] = described(known.taken, rank: known.rank)
                    for (place, entry) in known.top.prefix(topCount).enumerated() {
                        members["\(entry.token)"] = described(entry, rank: place + 1)
                    }
                    return .object(members)
                })
    }

    private func described(_ entry: TokenLogprobs.Entry, rank: Int) -> JSONValue {
        [
            "logprob": number(entry.logprob), "rank": .int(rank),
            "decoded_token": .string(text(of: entry.token)),
        ]
    }

    private func entry(_ entry: TokenLogprobs.Entry) -> OrderedDictionary<String, JSONValue> {
        [
            "token": .string(text(of: entry.token)), "logprob": number(entry.logprob),
            "bytes": .array(tokenizer.piece(entry.token).map { .int(Int($0)) }),
        ]
    }

    private func byText(_ entries: [TokenLogprobs.Entry]) -> OrderedDictionary<String, JSONValue> {
        var members: OrderedDictionary<String, JSONValue> = [:]
        for entry in entries { members[text(of: entry.token)] = number(entry.logprob) }
        return members
    }

    /// How a token is told beside probabilities: U+FFFD for bytes that are no character by themselves.
    func text(of token: TokenID) -> String {
        options.showsTokensAsIDs
            ? "token_id:\(token)" : String(decoding: tokenizer.piece(token), as: UTF8.self)
    }

    /// The characters of a token's text.
    private func characters(of token: TokenID) -> Int {
        String(decoding: tokenizer.piece(token), as: UTF8.self).unicodeScalars.count
    }

    /// JSON has no infinity: vLLM and OpenAI say -9999 for what is impossible.
    private func number(_ logprob: Float) -> JSONValue {
        .double(logprob.isFinite ? Double(logprob) : -9999)
    }
}
