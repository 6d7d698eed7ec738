import Capacity
import Dispatch
import Engine
import Glibc
import Sampling
import Tokenizers

/// The loop of `needletail chat`: prompt, command or message, streamed answer.
struct ChatLoop {
    private var conversation: Conversation
    private var editor = LineEditor()
    private let terminal = Terminal.output
    private let isInteractive = Terminal.output.isInteractive && isatty(STDIN_FILENO) == 1

    init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    /// Runs until the input ends or `/exit`.
    mutating func run() async {
        if isInteractive { greet() }
        while true {
            switch editor.read(prompt: "› ", style: .cyan) {
            case .end: return
            case .interrupted: continue
            case .line(let line):
                let text = String(line.drop { $0.isWhitespace })
                if text.isEmpty { continue }
                if isInteractive, let command = ChatCommand(text) {
                    guard obey(command) else { return }
                } else {
                    await answer(to: line)
                }
            }
        }
    }

    private func greet() {
        let loaded = conversation.loaded
        terminal.line(
            terminal.styled(loaded.name, .bold)
                + terminal.styled(
                    "  \(Quantities.count(loaded.plan.servedContext)) tokens of context. ", .dim)
                + terminal.styled("/help lists commands, Ctrl-D ends.", .dim))
    }

    /// Carries out a command; false ends the chat.
    private mutating func obey(_ command: ChatCommand) -> Bool {
        switch command {
        case .help: terminal.line(ChatCommand.helpText)
        case .exit: return false
        case .clear:
            conversation.removeAll()
            note("The conversation is empty.")
        case .system(let text):
            conversation.system = text.isEmpty ? nil : text
            note(text.isEmpty ? "There is no system message." : "The system message is set.")
        case .temperature(let value):
            conversation.sampling.temperature = value
            note("The temperature is \(value).")
        case .unknown(let text): complain("unknown command \(text); /help lists the commands")
        }
        return true
    }

    private mutating func answer(to message: String) async {
        conversation.append(role: "user", content: message)
        let generation: Generation
        do {
            generation = try conversation.answer()
        } catch {
            conversation.removeLast()
            complain(Self.describe(error))
            return
        }
        let (text, summary) = await stream(generation)
        conversation.append(role: "assistant", content: text)
        if isInteractive { note(summary) }
    }

    /// Writes the answer as it comes; Ctrl-C ends it.
    private func stream(_ generation: Generation) async -> (text: String, summary: String) {
        signal(SIGINT, SIG_IGN)
        let interrupt = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        interrupt.setEventHandler { generation.abort() }
        interrupt.activate()
        defer {
            interrupt.cancel()
            signal(SIGINT, SIG_DFL)
        }
        var detokenizer = StreamingDetokenizer(conversation.loaded.tokenizer, skipSpecialTokens: true)
        var text = ""
        var count = 0
        var reason: FinishReason?
        let clock = ContinuousClock()
        let start = clock.now
        var first: ContinuousClock.Instant?
        for await event in generation {
            first = first ?? clock.now
            count += event.tokens.count
            reason = event.finishReason
            var piece = event.tokens.reduce(into: "") { $0 += detokenizer.append($1) }
            if reason != nil { piece += detokenizer.finish() }
            text += piece
            terminal.write(piece)
        }
        terminal.line()
        let decodeTime = (clock.now - (first ?? start)) / .seconds(1)
        let speed = count > 1 && decodeTime > 0 ? Double(count - 1) / decodeTime : 0
        let ending = reason == .aborted ? " · stopped" : reason == .length ? " · cut at the token limit" : ""
        let summary = "\(count) tokens · \(Quantities.decimal(speed, digits: 1)) tokens/s\(ending)"
        return (text, summary)
    }

    private func note(_ text: String) {
        terminal.line(terminal.styled(text, .dim))
    }

    private func complain(_ text: String) {
        Terminal.error.line(Terminal.error.styled("error: \(text)", .red))
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? AdmissionError else { return "\(error)" }
        if case .promptTooLong(let tokens, let limit) = error {
            return "the conversation has \(tokens) tokens and the context \(limit); /clear starts anew"
        }
        return "\(error)"
    }
}
