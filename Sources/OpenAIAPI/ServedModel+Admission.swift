import Engine
import Tokenizers
import Tokens

extension ServedModel {
    /// The last tokens of a prompt, as many as the request wants kept; -1 stands for the context length.
    func truncated(_ prompt: [TokenID], keeping count: Int?) -> [TokenID] {
        guard let count else { return prompt }
        return Array(prompt.suffix(count == -1 ? contextLength - 1 : count))
    }

    /// How many tokens may answer a prompt: what was asked for, or what the context leaves.
    ///
    /// - Throws: ``APIError`` 400 `context_length_exceeded` with the figures.
    func maxTokens(_ promptCount: Int, _ asked: Int?, parameter: String) throws(APIError) -> Int {
        let room = contextLength - promptCount
        guard room > 0 else {
            throw .contextLengthExceeded(
                "This model's context length is \(contextLength) tokens; the prompt has \(promptCount) "
                    + "and leaves no room for an answer", parameter: parameter)
        }
        guard let asked else { return room }
        guard asked <= room else {
            throw .contextLengthExceeded(
                "This model's context length is \(contextLength) tokens; the request asks for "
                    + "\(promptCount) in the prompt and \(asked) in the answer; max_tokens may be \(room)",
                parameter: parameter)
        }
        return asked
    }

    /// Hands the requests to the engine, all or none.
    func submit(_ requests: [GenerationRequest], parameter: String) throws(APIError) -> [Generation] {
        var generations: [Generation] = []
        do {
            for request in requests { generations.append(try engine.submit(request)) }
        } catch {
            for generation in generations { generation.abort() }
            throw APIError(error, parameter: parameter)
        }
        return generations
    }
}

extension APIError {
    /// What the engine's refusal is to the caller.
    init(_ refusal: AdmissionError, parameter: String) {
        switch refusal {
        case .emptyPrompt: self = .invalid(parameter, "\(parameter) must come to at least one token")
        case .unknownToken(let token, let vocabularySize):
            self = .invalid(
                parameter, "\(parameter) must have ids from 0 to \(vocabularySize - 1), not \(token)")
        case .promptTooLong(let tokens, let contextLength):
            self = .contextLengthExceeded(
                "This model's context length is \(contextLength) tokens; the prompt has \(tokens)",
                parameter: parameter)
        case .exceedsCapacity(let tokens, let capacity):
            self = .contextLengthExceeded(
                "The KV cache holds \(capacity) tokens; prompt and answer together may come to \(tokens)",
                parameter: parameter)
        case .overloaded(let waiting, let limit):
            self = .overloaded("\(waiting) requests wait, and \(limit) may; try again later")
        case .shuttingDown: self = .shuttingDown
        case .engineFailed(let reason): self = .engineFailed(reason)
        }
    }
}
