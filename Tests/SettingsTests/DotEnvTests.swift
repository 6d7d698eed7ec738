import Settings
import Testing

@Suite struct DotEnvTests {
    private func values(_ text: String) -> [String] {
        DotEnv(text).entries.map { "\($0.name)=\($0.value)" }
    }

    // Each value is what python-dotenv 1.2.4 makes of the text, but for the byte order mark.
    @Test(
        "Values are read as python-dotenv reads them",
        arguments: [
            ("A=1", "1"), ("A = 1", "1"), ("export A=1", "1"), ("  A=1  ", "1"), ("A=", ""), ("A=a b", "a b"),
            ("A=1 # why", "1"), ("A=a#b", "a#b"), ("A=#b", "#b"), ("A=\t1\t# why", "1"), ("A=b=c", "b=c"),
            ("A='a b' # why", "a b"), ("A='it\\'s'", "it's"), ("A='a\\nb'", "a\\nb"), ("A='#1'", "#1"),
            ("A=\"a\\tb\\n\"", "a\tb\n"), ("A=\"say \\\"hi\\\"\"", "say \"hi\""), ("A=\"a\nb\"", "a\nb"),
            ("A=\"\\q\"", "\\q"), ("A=\"\\\\\"", "\\"), ("A=''", ""), ("\u{FEFF}A=1", "1"),
            ("A=it's", "it's"),
            ("A=ü€😀", "ü€😀"), ("A=1\r\n", "1"), ("'A'=1", "1"), ("A= # why", ""), ("A=\"x\"#y", "x"),
            ("A=x\\ny", "x\\ny"), ("A=1\r", "1"), ("\r\n# A=2\r\n\r\nA=1\r\n", "1"),
        ])
    func readsValues(text: String, value: String) {
        let file = DotEnv(text)
        #expect(file.entries.map(\.value) == [value])
        #expect(file.entries.map(\.name) == ["A"])
        #expect(file.problems.isEmpty)
    }

    @Test("A name that begins with export is a name")
    func readsExportedNames() {
        #expect(values("exported=1\nexport=2\nexport\tB=3") == ["exported=1", "export=2", "B=3"])
    }

    @Test("Lines are counted over comments, blank lines, line ends of all kinds, and values that span lines")
    func countsLines() {
        let file = DotEnv("# one\n\nA=1\r\nB=\"x\ny\"\n\rC=3\rD=4")
        #expect(file.entries.map(\.line) == [3, 4, 7, 8])
    }

    @Test("What cannot be read is told with its line, and the rest is read")
    func tellsProblems() {
        let file = DotEnv("A=1\nnothing\n=2\nB='open\nC=\"x\" y\nD=4")
        #expect(
            file.problems == [
                .noValue(line: 2), .noName(line: 3), .unclosedQuote(line: 4), .textAfterQuote(line: 5),
            ])
        #expect(file.entries.map(\.name) == ["A", "D"])
    }

    @Test("Text that is not UTF-8 is told, and the other lines are read")
    func refusesOtherEncodings() {
        let file = DotEnv(Array("A=".utf8) + [0xFF, 10] + Array("B=2".utf8))
        #expect(file.problems == [.notUnicode(line: 1)])
        #expect(file.entries.map(\.name) == ["B"])
    }

    @Test("A file, a name, a value and their number have limits")
    func hasLimits() {
        let bytesMax = DotEnv.Limits.bytesMax
        #expect(
            DotEnv([UInt8](repeating: 10, count: bytesMax + 1)).problems == [.tooLong(bytes: bytesMax + 1)])
        #expect(DotEnv([UInt8](repeating: 10, count: bytesMax)).problems.isEmpty)
        let nameMax = DotEnv.Limits.nameBytesMax
        #expect(
            DotEnv(String(repeating: "A", count: nameMax + 1) + "=1").problems
                == [.nameTooLong(line: 1, bytes: nameMax + 1)])
        #expect(DotEnv(String(repeating: "A", count: nameMax) + "=1").entries.count == 1)
        let valueMax = DotEnv.Limits.valueBytesMax
        #expect(
            DotEnv("A=" + String(repeating: "1", count: valueMax + 1)).problems
                == [.valueTooLong(line: 1, bytes: valueMax + 1)])
        let entriesMax = DotEnv.Limits.entriesMax
        let many = DotEnv(String(repeating: "A=1\n", count: entriesMax + 1))
        #expect(many.entries.count == entriesMax)
        #expect(many.problems == [.tooManyEntries(line: entriesMax + 1)])
    }

    @Test("No bytes make the parser trap, loop, or count a line that is not there")
    func survivesAnything() {
        var random = Repeatable(seed: 0x5e77_1265)
        let pieces: [[UInt8]] = [
            [10], [13], [13, 10], [34], [39], [92], [61], [35], [32], [9], [0], [0xFF], [0xEF, 0xBB, 0xBF],
            Array("export ".utf8), Array("PORT".utf8), Array("NUM_GPUS=2".utf8), Array("${A}".utf8),
            [0xC3, 0xA4],
        ]
        for round in 0..<20_000 {
            let bytes = (0..<random.below(40)).flatMap { _ in pieces[random.below(pieces.count)] }
            let file = DotEnv(bytes)
            let lines = bytes.count { $0 == 10 || $0 == 13 } + 1
            #expect(file.entries.allSatisfy { (1...lines).contains($0.line) && !$0.name.isEmpty })
            #expect(file.problems.allSatisfy { (1...lines).contains($0.line) })
            guard round % 20 == 0 else { continue }
            let settings = EffectiveSettings(environment: ["NUM_GPUs": "x\u{1B}[2J"], dotEnv: file)
            #expect(settings.entries.count == Setting.allCases.count)
        }
    }
}

/// SplitMix64 (Steele and others 2014).
struct Repeatable: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}
