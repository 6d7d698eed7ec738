/// A line on standard error that shows how far something is, and is gone when it is done; silent in a pipe.
final class ProgressLine {
    private let title: String
    private let terminal = Terminal.error
    private var percentShown = -1

    init(_ title: String) {
        self.title = title
    }

    /// Shows the share that is done.
    func update(_ done: Int, of total: Int) {
        let percent = total > 0 ? min(100, done * 100 / total) : 100
        guard terminal.isInteractive, percent != percentShown else { return }
        percentShown = percent
        let filled = percent * 30 / 100
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        terminal.write("\r\(title) \(terminal.styled(bar, .cyan)) \(percent) %")
    }

    /// Takes the line away.
    func finish() {
        if percentShown >= 0 { terminal.write("\r\u{1B}[K") }
    }
}
