import ArgumentParser
import Diagnosis
import Glibc
import JSON

/// `needletail doctor`: what this machine has for serving models, what is wrong with it, and what to do.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks at this machine: processor, memory, GPUs and drivers, models, port.",
        discussion: """
            Each line is ok, a warning (works, but worse than it could) or a problem, with what to do about it. Lines \
            marked info are neither. The exit status is 0 where there is no problem, and 1 where there is one.
            """)

    @Option(help: "The port that would be served at.")
    var port: UInt16 = 8000

    @Flag(
        help: "Prints one JSON object: {\"checks\": [{\"topic\", \"status\", \"found\", \"advice\"}], ...}.")
    var json = false

    func run() throws {
        let report = Machine.current(environment: Self.environment, port: port).examined()
        let terminal = Terminal.output
        if json {
            terminal.line(report.json.serialized(.pretty))
        } else {
            let screen = DoctorScreen(terminal)
            report.checks.flatMap(screen.lines).forEach { terminal.line($0) }
            terminal.line("\n" + screen.summary(of: report))
        }
        if report.problemCount > 0 { throw ExitCode(1) }
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let text = next.pointee {
            let parts = String(cString: text).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        return variables
    }
}

/// Checks as lines: a symbol and wrapped text in a terminal, a word and whole lines in a pipe.
private struct DoctorScreen {
    private static let topicWidth = 22
    /// Less room than this is not worth wrapping into.
    private static let textWidthMin = 24

    private let terminal: Terminal
    /// Characters to a line behind the topic.
    private let textWidth: Int

    init(_ terminal: Terminal) {
        self.terminal = terminal
        var size = winsize()
        let isKnown = terminal.isInteractive && ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        let margin = Self.topicWidth + 4
        textWidth = isKnown && size.ws_col > 0 ? max(Self.textWidthMin, Int(size.ws_col) - margin) : Int.max
    }

    func lines(of check: Check) -> [String] {
        let indent = String(repeating: " ", count: Self.topicWidth)
        let topic = check.topic + indent.dropFirst(check.topic.count) + " "
        let found = wrapped(check.found)
        let advice = wrapped(check.advice.map { "→ " + $0 } ?? "")
        let texts = found + advice.map { terminal.styled($0, .cyan) }
        return texts.enumerated().map { index, text in
            index == 0
                ? "\(mark(check.status)) \(terminal.styled(topic, .bold))\(text)"
                : "\(blank) \(indent) \(text)"
        }
    }

    func summary(of report: Report) -> String {
        let style: Terminal.Style =
            report.problemCount > 0 ? .red : report.warningCount > 0 ? .yellow : .green
        return terminal.styled(report.summary, style)
    }

    private var blank: String { terminal.isInteractive ? " " : "       " }

    private func mark(_ status: Check.Status) -> String {
        let (symbol, style): (String, Terminal.Style) =
            switch status {
            case .ok: ("✓", .green)
            case .info: ("·", .dim)
            case .warning: ("!", .yellow)
            case .problem: ("✗", .red)
            }
        guard terminal.isInteractive else {
            return status.rawValue + blank.dropFirst(status.rawValue.count)
        }
        return terminal.styled(symbol, style)
    }

    /// Lines that fit the width, broken between words.
    private func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= textWidth {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
