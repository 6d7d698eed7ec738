import Glibc
import OutputParsing
import TestSupport
import Testing

/// What no model should write, and some will.
@Suite struct HostileOutputTests {
    private static let words =
        ToolCallFormat.allCases.flatMap(\.markers) + ReasoningFormat.allCases.flatMap(\.markers)
    private static let marks = [
        "{", "}", "[", "]", "\"", ":", ",", "\n", "<", ">", "\\", "1", "é", "\u{0}", "(", ")", "'", "=", " ",
        "```json", "```", "functools[", "now", "get_weather", "{\"name\": \"now\", \"arguments\": {}}",
        "null",
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

    /// An answer's beginning, and how it comes into a call's arguments.
    private static func beginnings(_ format: ToolCallFormat) -> [String] {
        let calls = Transcript.all.filter { $0.format == format && !$0.calls.isEmpty }
        let cuts = calls.compactMap { call in
            ["city", "query", "text"].lazy.compactMap { call.text.firstRange(of: $0) }.first.map {
                String(call.text[..<$0.upperBound])
            }
        }
        return [""] + cuts.prefix(2)
    }

    /// The processor's time: the machine may be busy with other things.
    private static func seconds(_ transcript: Transcript, _ pieces: [String]) -> Double {
        let start = processorSeconds()
        var parser = transcript.parser
        for piece in pieces { _ = parser.append(piece) }
        _ = parser.finish()
        return processorSeconds() - start
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Four times the text takes four times as long; sixteen times would be quadratic.
    @Test(arguments: ToolCallFormat.allCases)
    func `time is linear in the text, however it repeats itself`(format: ToolCallFormat) {
        let parts = ["{", "[", "<", "\\", " ", "a", "\"", "(", "1"] + format.markers.prefix(3)
        let transcript = Transcript(description: "\(format)", format: format, reasoning: .think, text: "")
        for beginning in Self.beginnings(format) {
            for part in parts {
                let pieces = [6 << 10, 24 << 10].map { bytes in
                    (beginning + String(repeating: part, count: bytes / part.utf8.count)).scalarPieces
                }
                let long = Self.seconds(transcript, pieces[1])
                // What is quick may be anything.
                guard long > 0.05 else { continue }
                let ratio = (0..<3).map { _ in
                    Self.seconds(transcript, pieces[1]) / Self.seconds(transcript, pieces[0])
                }.min()
                #expect(ratio ?? 0 < 9, "\(format): \(beginning) and \(part) many times: \(long) s")
            }
        }
    }
}
