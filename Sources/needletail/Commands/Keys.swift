import ArgumentParser
import Glibc
import JSON
import Server

/// `needletail keys`: the keys of a server's callers.
struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes and lists API keys.",
        discussion: """
            A keys file has an entry a line: a name, the hash of a key, and what it may. The key itself is shown
            once, when it is made, and stands nowhere else.

            Examples:
              needletail keys new alice --file keys.jsonl --requests-per-minute 60 --tokens-per-minute 100000
              needletail serve qwen.gguf --api-keys-file keys.jsonl
              needletail keys list keys.jsonl
            """,
        subcommands: [New.self, List.self])

    /// `needletail keys new`.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a key, shows it once, and adds its entry to a file.")

        @Argument(help: "Whose key it is: letters, digits and . _ @ -")
        var name: String

        @Option(help: "The keys file that the entry is added to; without one it is shown.")
        var file: String?

        @Option(
            name: .customLong("model"),
            help: "A model that the key opens; may be given again. By default all.")
        var models: [String] = []

        @Option(help: ArgumentHelp("The most requests in a minute.", valueName: "count"))
        var requestsPerMinute: Int?

        @Option(help: ArgumentHelp("The most tokens in a minute, prompts and answers.", valueName: "count"))
        var tokensPerMinute: Int?

        @Option(
            help: ArgumentHelp("When it ends, in UTC: 2027-01-31 or 2027-01-31T12:00:00Z.", valueName: "time")
        )
        var expires: String?

        @Flag(help: "Lets the key see /server_info.")
        var admin = false

        func validate() throws {
            guard KeyFile.isName(name) else {
                throw ValidationError(
                    "NAME must be 1 to 64 letters, digits and . _ @ -, and not anonymous or api-key")
            }
            for limit in [requestsPerMinute, tokensPerMinute] {
                guard limit.map({ 1...1_000_000_000 ~= $0 }) ?? true else {
                    throw ValidationError("limits must be 1 to 1000000000")
                }
            }
            guard expires.map({ CalendarTime.seconds(of: $0) != nil }) ?? true else {
                throw ValidationError("--expires must be a day or a time in UTC, such as 2027-01-31")
            }
        }

        func run() throws {
            let text = APIKey.makeText()
            let key = APIKey(
                name: name, key: text, models: models.isEmpty ? nil : Set(models),
                requestsPerMinuteMax: requestsPerMinute, tokensPerMinuteMax: tokensPerMinute,
                expires: expires.flatMap(CalendarTime.seconds), isAdmin: admin)
            let line = key.json.serialized()
            // The key alone on standard output, so that a script can take it.
            if let file {
                try append(line, to: file)
                Terminal.error.line("Added \(name) to \(file). The key, which is shown only now:")
            } else {
                Terminal.error.line("The entry for a keys file:\n\(line)\nThe key, which is shown only now:")
            }
            Terminal.output.line(text)
        }

        /// Adds a line in one piece; a new file is its owner's alone.
        private func append(_ line: String, to path: String) throws {
            if access(path, F_OK) == 0 {
                // What would not be read back is not made longer.
                let others = try Keys.keys(at: path)
                guard try TextFile.read(path).first(where: { !$0.isWhitespace }) != "[" else {
                    throw ValidationError(
                        "\(path) is one JSON array; put each entry on a line of its own to add to it")
                }
                guard !others.contains(where: { $0.name == name && !mayTheSame($0) }) else {
                    throw ValidationError(
                        "\(path) has a key of \(name) with other models or limits; give the same ones")
                }
            }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw ValidationError("cannot write \(path): \(String(cString: strerror(errno)))")
            }
            defer { close(descriptor) }
            let endsOpen = try TextFile.read(path).utf8.last.map { $0 != UInt8(ascii: "\n") } ?? false
            let bytes = Array(((endsOpen ? "\n" : "") + line + "\n").utf8)
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
                throw ValidationError("cannot write \(path): \(String(cString: strerror(errno)))")
            }
        }

        private func mayTheSame(_ other: APIKey) -> Bool {
            other.models == (models.isEmpty ? nil : Set(models))
                && other.requestsPerMinuteMax == requestsPerMinute
                && other.tokensPerMinuteMax == tokensPerMinute && other.isAdmin == admin
        }
    }

    /// `needletail keys list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows whose keys a file holds, and what they may.")

        @Argument(help: "The keys file.")
        var file: String

        func run() throws {
            var table = Table([
                ("name", .left), ("models", .left), ("requests/min", .right), ("tokens/min", .right),
                ("expires", .left), ("hash", .left),
            ])
            for key in try Keys.keys(at: file) {
                let entry = key.json
                table.append([
                    key.name + (key.isAdmin ? " (admin)" : ""),
                    key.models?.sorted().joined(separator: " ") ?? "all",
                    key.requestsPerMinuteMax.map(String.init) ?? "-",
                    key.tokensPerMinuteMax.map(String.init) ?? "-", entry["expires"]?.stringValue ?? "never",
                    String((entry["hash"]?.stringValue ?? "").prefix(15)) + "…",
                ])
            }
            for line in table.lines(for: .output) { Terminal.output.line(line) }
        }
    }

    fileprivate static func keys(at path: String) throws -> [APIKey] {
        do {
            return try KeyFile.keys(at: path)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
