import OutputParsing
import TestSupport
import Testing

/// What no model should write, and some will.
@Suite struct HostileOutputTests {
    private static let words =
        ToolCallFormat.allCases.flatMap(\.markers) + ReasoningFormat.allCases.flatMap(\.markers)
    private static let marks = [
        "{", "}", "[", "]", "\"", ":", ",", "\n", "<", ">", "\\", "1", "é", "\u{0}", "(", ")", "'", "=", " ",
        "```json", "```", "functools[", "now", "get_weather", "{\"name\": \"now\", \"arguments\": {}}", "null",
        "<function=now>", "<parameter=city>", "</parameter>", "</function>", "Action:", "Action Input:", "👩‍👧",
        "<invoke name=\"now\">", "</invoke>", "<parameter name=\"city\">", " to=functions.now", "commentary",
    ]

    @Test(arguments: ToolCallFormat.allCases)
    func `nothing that a model writes traps, and it gives the same however it is cut`(
        format: ToolCallFormat
    ) {
        let pieces = Transcript.all.map(\.text).joined().split(separator: " ").map(String.init)
        var random = RepeatableRandom(seed: 99)
        for round in 0..<400 {
            let parts = (0..<Int.random(in: 1...14, using: &random)).map { _ in
                [pieces, Self.marks, Self.words][Int.random(in: 0..<3, using: &random)]
                    .randomElement(using: &random) ?? ""
            }
            let reasoning: ReasoningFormat? =
                round % 3 == 0 ? ReasoningFormat.allCases.randomElement(using: &random) : nil
            let transcript = Transcript(
                description: "\(format), \(reasoning.map { "\($0)" } ?? "no thoughts")", format: format,
                reasoning: reasoning, start: round % 2 == 0 ? .open : .inside, text: parts.joined())
            transcript.expectSame([transcript.text], transcript.text.scalarPieces)
            transcript.expectSame(parts, transcript.text.scalarPieces)
        }
    }

    /// Transcripts with a few characters missing, doubled, put in or changed.
    @Test(arguments: Transcript.all)
    func `a damaged transcript gives the same however it is cut`(transcript: Transcript) {
        var random = RepeatableRandom(seed: 7)
        for _ in 0..<60 {
            var scalars = Array(transcript.text.unicodeScalars)
            for _ in 0..<Int.random(in: 1...3, using: &random) where !scalars.isEmpty {
                let place = Int.random(in: scalars.indices, using: &random)
                let end = min(scalars.count, place + Int.random(in: 1...12, using: &random))
                let mark = (Self.marks + Self.words).randomElement(using: &random) ?? ""
                switch Int.random(in: 0..<4, using: &random) {
                case 0: scalars.removeSubrange(place..<end)
                case 1: scalars.insert(contentsOf: scalars[place..<end], at: place)
                case 2: scalars.insert(contentsOf: mark.unicodeScalars, at: place)
                default: scalars.replaceSubrange(place..<end, with: mark.unicodeScalars)
                }
            }
            let singles = scalars.map { String(Character($0)) }
            var damaged = Transcript(
                description: transcript.description, format: transcript.format,
                reasoning: transcript.reasoning, start: transcript.start, text: singles.joined())
            damaged.markup = []
            damaged.expectSame([damaged.text], singles)
        }
    }

    private static func beginnings(_ format: ToolCallFormat) -> [String] {
        var beginnings = [""] + format.markers
        for transcript in Transcript.all where transcript.format == format && !transcript.calls.isEmpty {
            // As far as into the arguments of a call, and behind it.
            beginnings.append(transcript.text)
            for mark in ["city", "query", "text", "path"] {
                guard let range = transcript.text.firstRange(of: mark) else { continue }
                beginnings.append(String(transcript.text[..<range.upperBound]))
            }
        }
        return beginnings
    }

    private static func seconds(_ transcript: Transcript, _ pieces: [String]) -> Double {
        let duration = (0..<2).map { _ in
            ContinuousClock().measure {
                var parser = transcript.parser
                for piece in pieces { _ = parser.append(piece) }
                _ = parser.finish()
            }
        }.min()
        return (duration ?? .zero) / .seconds(1)
    }

    /// Four times the text takes four times as long; sixteen times would be quadratic.
    @Test(arguments: ToolCallFormat.allCases)
    func `time is linear in the text, however it repeats itself`(format: ToolCallFormat) {
        let repeated =
            ["{", "[", "<", "\\", " ", "\n", "a", "\"", "\\\"", "(", "1", ",", "{\"a\":", "```json", "now("]
            + format.markers
        for beginning in Self.beginnings(format) {
            for part in repeated {
                let transcript = Transcript(
                    description: "\(format)", format: format, reasoning: .think, text: "")
                let counts = [8 << 10, 32 << 10].map { $0 / part.utf8.count }
                let texts = counts.map { beginning + String(repeating: part, count: $0) }
                let long = Self.seconds(transcript, texts[1].scalarPieces)
                guard long > 0.02 else { continue }
                let short = Self.seconds(transcript, texts[0].scalarPieces)
                #expect(long < 9 * short, "\(format): \(beginning) and \(part) many times: \(short), \(long)")
            }
        }
    }
}
