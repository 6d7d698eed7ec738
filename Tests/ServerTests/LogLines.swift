import Logging
import Synchronization

/// A log that keeps what it is told.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    /// What was told, a line each, metadata included.
    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    /// A logger that writes here, from the trace level on.
    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(lines: LogLines) { self.lines = lines }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}
