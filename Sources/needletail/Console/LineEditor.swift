import Glibc

/// Reads lines from a terminal with editing and history; from a pipe it just reads lines.
///
/// Keys: arrows, Home and End, Backspace and Delete, Ctrl-A, E, U, K, W; Ctrl-D ends, Ctrl-C empties the line.
struct LineEditor {
    /// What a person did at the prompt.
    enum Answer {
        case line(String)
        /// Ctrl-C.
        case interrupted
        /// Ctrl-D or the end of the input.
        case end
    }

    private enum Key {
        case text(Unicode.Scalar)
        case enter, interrupt, end, backspace, delete, left, right, up, down, home, lineEnd
        case eraseBefore, eraseAfter, eraseWord
        case unknown
    }

    private let terminal = Terminal.output
    private var history: [String] = []

    /// Shows the prompt and reads a line.
    mutating func read(prompt: String, style: Terminal.Style) -> Answer {
        guard terminal.isInteractive, isatty(STDIN_FILENO) == 1 else {
            return readLine().map(Answer.line) ?? .end
        }
        var saved = termios()
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return readLine().map(Answer.line) ?? .end }
        var raw = saved
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &saved) }
        let answer = edit(prompt: terminal.styled(prompt, style))
        terminal.write("\r\n")
        if case .line(let line) = answer, !line.isEmpty, history.last != line { history.append(line) }
        return answer
    }

    private func edit(prompt: String) -> Answer {
        var line: [Character] = []
        var cursor = 0
        var recalled = history.count
        while true {
            show(prompt, line, cursor)
            switch readKey() {
            case .enter: return .line(String(line))
            case .interrupt: return .interrupted
            case .end:
                if line.isEmpty { return .end }
            case .text(let scalar):
                // A scalar may join the character before it, so the line is put together anew.
                let head = String(line[..<cursor]) + String(Character(scalar))
                line = Array(head) + line[cursor...]
                cursor = head.count
            case .backspace:
                if cursor > 0 {
                    cursor -= 1
                    line.remove(at: cursor)
                }
            case .delete: if cursor < line.count { line.remove(at: cursor) }
            case .left: cursor = max(0, cursor - 1)
            case .right: cursor = min(line.count, cursor + 1)
            case .home: cursor = 0
            case .lineEnd: cursor = line.count
            case .up:
                recalled = max(0, recalled - 1)
                (line, cursor) = recall(recalled)
            case .down:
                recalled = min(history.count, recalled + 1)
                (line, cursor) = recall(recalled)
            case .eraseBefore:
                line.removeSubrange(..<cursor)
                cursor = 0
            case .eraseAfter: line.removeSubrange(cursor...)
            case .eraseWord:
                let kept = line[..<cursor].reversed().drop { $0.isWhitespace }.drop { !$0.isWhitespace }.count
                line.removeSubrange(kept..<cursor)
                cursor = kept
            case .unknown: break
            }
        }
    }

    private func recall(_ index: Int) -> (line: [Character], cursor: Int) {
        let line = history.indices.contains(index) ? Array(history[index]) : []
        return (line, line.count)
    }

    private func show(_ prompt: String, _ line: [Character], _ cursor: Int) {
        let behind = line[cursor...].reduce(0) { $0 + Self.columns($1) }
        terminal.write("\r\u{1B}[K\(prompt)\(String(line))" + (behind > 0 ? "\u{1B}[\(behind)D" : ""))
    }

    /// How many columns a character takes: two for East Asian ones and emoji (Unicode Standard Annex 11).
    private static func columns(_ character: Character) -> Int {
        let isWide = character.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
                0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
                true
            default: false
            }
        }
        return isWide ? 2 : 1
    }

    private func readKey() -> Key {
        guard let byte = readByte() else { return .end }
        switch byte {
        case 1: return .home
        case 3: return .interrupt
        case 4: return .end
        case 5: return .lineEnd
        case 8, 127: return .backspace
        case 10, 13: return .enter
        case 11: return .eraseAfter
        case 21: return .eraseBefore
        case 23: return .eraseWord
        case 27: return readEscape()
        case 0..<32: return .unknown
        case 32..<127: return .text(Unicode.Scalar(byte))
        default: return readScalar(first: byte)
        }
    }

    private func readScalar(first: UInt8) -> Key {
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var bytes = [first]
        while bytes.count < length, let byte = readByte() { bytes.append(byte) }
        guard let scalar = String(validating: bytes, as: UTF8.self)?.unicodeScalars.first else {
            return .unknown
        }
        return .text(scalar)
    }

    private func readEscape() -> Key {
        guard let bracket = readByte(), bracket == UInt8(ascii: "[") || bracket == UInt8(ascii: "O"),
            let code = readByte()
        else { return .unknown }
        switch code {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return .right
        case UInt8(ascii: "D"): return .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .lineEnd
        case UInt8(ascii: "3"):
            _ = readByte()
            return .delete
        default: return .unknown
        }
    }

    private func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            guard count < 0, errno == EINTR else { return nil }
        }
    }
}
