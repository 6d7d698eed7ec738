/// What can be typed at the chat's prompt beside messages.
enum ChatCommand: Equatable {
    case help
    case clear
    case exit
    case system(String)
    case temperature(Float)
    case unknown(String)

    /// Reads a line that begins with a slash; nil for any other.
    init?(_ line: String) {
        guard line.hasPrefix("/") else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1)
        let rest = parts.count > 1 ? String(parts[1]) : ""
        switch parts[0] {
        case "/help", "/?": self = .help
        case "/clear", "/new": self = .clear
        case "/exit", "/quit", "/bye": self = .exit
        case "/system": self = .system(rest)
        case "/temperature":
            guard let value = Float(rest), (0...2).contains(value) else { fallthrough }
            self = .temperature(value)
        default: self = .unknown(line)
        }
    }

    /// What `/help` shows.
    static let helpText = """
        /clear               forgets the conversation
        /system [TEXT]       sets the system message, or takes it away
        /temperature NUMBER  0 to 2; 0 always takes the most likely token
        /exit                ends the chat, as Ctrl-D does
        /help                shows this
        Ctrl-C stops an answer; arrows up and down recall messages.
        """
}
