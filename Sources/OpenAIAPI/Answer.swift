package import OutputParsing
package import Sampling
package import Tokens

/// Why an answer ended, in OpenAI's words.
package enum ChoiceFinish: String, Sendable {
    /// The model, or a stop string or token, ended it.
    case stop
    /// It reached the most tokens asked for, or the context length.
    case length
    /// The model calls tools, and waits for their answers.
    case toolCalls = "tool_calls"
}

/// What in the request ended an answer; the model's own end is none.
package enum StopCause: Sendable, Equatable {
    /// One of `stop`.
    case text(String)
    /// One of `stop_token_ids`.
    case token(TokenID)
}

/// What is new of one answer.
package struct ChoiceDelta: Sendable, Equatable {
    /// Which answer, counted over all prompts.
    package var index: Int
    /// The text since the last delta; may be empty where `finish` is set.
    package var text: String
    /// What the text is, where it is taken apart; nil where it goes out as it is.
    package var events: [OutputEvent]?
    /// How many of the tokens are thoughts.
    package var reasoningTokens = 0
    /// The tokens since the last delta, those without text and the ending one included.
    package var tokens: [TokenID]
    /// One for each token but the ending one, where the request asks for them.
    package var logprobs: [TokenLogprobs]
    /// Those of the prompt's tokens from the second on, with the first delta.
    package var promptLogprobs: [TokenLogprobs]
    /// Characters of the tokens, as they are told beside probabilities, that came before these.
    package var textOffset: Int
    /// Set on an answer's last delta only.
    package var finish: ChoiceFinish?
    /// What in the request ended the answer, if anything did.
    package var stop: StopCause?

    /// Makes a delta.
    package init(
        index: Int, text: String, tokens: [TokenID] = [], logprobs: [TokenLogprobs] = [],
        promptLogprobs: [TokenLogprobs] = [], textOffset: Int = 0, finish: ChoiceFinish?,
        stop: StopCause? = nil
    ) {
        self.index = index
        self.text = text
        self.tokens = tokens
        self.logprobs = logprobs
        self.promptLogprobs = promptLogprobs
        self.textOffset = textOffset
        self.finish = finish
        self.stop = stop
    }

    /// Leaves nothing but what is known of the prompt, and why the answer ended: it was to have no token.
    mutating func hideAnswer() {
        (text, tokens, logprobs) = ("", [], [])
        if finish != nil { (finish, stop) = (.length, nil) }
    }
}

/// One whole answer.
package struct Choice: Sendable, Equatable {
    /// Its text.
    package var text = ""
    /// What the text is, where it is taken apart; nil where it goes out as it is.
    package var output: ParsedOutput?
    /// Its tokens, those without text and the ending one included.
    package var tokens: [TokenID] = []
    /// One for each token but the ending one, where the request asks for them.
    package var logprobs: [TokenLogprobs] = []
    /// Those of the prompt's tokens from the second on, where the request asks for them.
    package var promptLogprobs: [TokenLogprobs] = []
    /// Why it ended.
    package var finish = ChoiceFinish.stop
    /// What in the request ended it, if anything did.
    package var stop: StopCause?

    /// Makes an answer that has nothing yet.
    package init() {}

    /// Goes on with what is new.
    mutating func append(_ delta: ChoiceDelta) {
        text += delta.text
        if let events = delta.events {
            var output = self.output ?? ParsedOutput()
            output.append(events)
            self.output = output
        }
        tokens += delta.tokens
        logprobs += delta.logprobs
        promptLogprobs += delta.promptLogprobs
        if let finish = delta.finish { (self.finish, stop) = (finish, delta.stop) }
    }

    /// Leaves nothing but what is known of the prompt: it was to have no token.
    mutating func hideAnswer() { (text, tokens, logprobs, finish, stop) = ("", [], [], .length, nil) }

    /// The mean logarithm of its tokens' probabilities.
    var meanLogprob: Double {
        logprobs.reduce(0) { $0 + Double($1.taken.logprob) } / Double(max(1, logprobs.count))
    }
}

/// What a request cost.
package struct Usage: Sendable, Equatable {
    /// The tokens of the prompts, each prompt counted once however many answers it gets.
    package var promptTokens: Int
    /// The tokens of all answers, the ending ones and those of answers that are not shown included.
    package var completionTokens: Int
    /// How many of those are thoughts; nil where the model's are not told apart.
    package var reasoningTokens: Int?

    /// Counts the prompts; the answers are yet to come.
    package init(promptTokens: Int, completionTokens: Int = 0, reasoningTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.reasoningTokens = reasoningTokens
    }

    /// Counts what is new of an answer.
    package mutating func count(_ delta: ChoiceDelta) {
        completionTokens += delta.tokens.count
        if let reasoningTokens { self.reasoningTokens = reasoningTokens + delta.reasoningTokens }
    }
}

extension StopCause {
    /// The stop string, where it is one.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
