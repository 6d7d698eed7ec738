import JSON
import Server
import Testing

/// The file of hashed keys, and what it says of itself where it is wrong.
struct KeyFileTests {
    /// SHA-256 of "abc" (FIPS 180-4, example B.1).
    private static let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let other = "sha256:" + String(repeating: "0f", count: 32)

    private func keys(_ text: String) async throws -> [APIKey] {
        try await Scratch.with { try KeyFile.keys(at: try $0.file("keys.jsonl", text)) }
    }

    @Test func `an entry is a name, a hash, and what the key may`() async throws {
        let keys = try await keys(
            """
            # Keys of the team
            {"name": "alice", "hash": "\(Self.abc)", "models": ["a", "b"], "requests_per_minute": 5}

              {"name": "bob@home", "hash": "\(Self.other)", "tokens_per_minute": 7, "expires": "2027-01-31", "admin": true}
            """)
        #expect(keys.map(\.name) == ["alice", "bob@home"])
        #expect(keys[0] == APIKey(name: "alice", key: "abc", models: ["a", "b"], requestsPerMinuteMax: 5))
        #expect(keys[1].tokensPerMinuteMax == 7)
        #expect(keys[1].models == nil)
        #expect(keys[1].isAdmin)
        // A day ends with it.
        #expect(keys[1].expires == 1_801_440_000)
        #expect(keys[1].expires.map(CalendarTime.text) == "2027-02-01T00:00:00Z")
    }

    @Test func `an array holds the same entries, and what is written is read back`() async throws {
        let key = APIKey(
            name: "carol", key: APIKey.makeText(), models: ["m"], requestsPerMinuteMax: 1,
            tokensPerMinuteMax: 2,
            expires: 1_800_000_000, isAdmin: true)
        #expect(try await keys("\n[\(key.json.serialized())]\n") == [key])
        #expect(try await keys(key.json.serialized()) == [key])
        #expect(try await keys("").isEmpty)
    }

    @Test(arguments: [
        ("{", "line 1 is not valid JSON"), ("[{]", "not valid JSON"), ("7", "must be an object"),
        (#"{"hash": "H"}"#, "needs a name"), (#"{"name": "api-key", "hash": "H"}"#, "needs a name"),
        (#"{"name": "a b", "hash": "H"}"#, "needs a name"), (#"{"name": "a"}"#, "needs a hash"),
        (#"{"name": "a", "hash": "sha256:00"}"#, "needs a hash"),
        (#"{"name": "a", "hash": "md5:H"}"#, "needs a hash"),
        (#"{"name": "a", "hash": "H", "model": "x"}"#, "unknown member model"),
        (#"{"name": "a", "hash": "H", "models": []}"#, "models must be an array"),
        (#"{"name": "a", "hash": "H", "models": ["x", 1]}"#, "models must be an array"),
        (#"{"name": "a", "hash": "H", "requests_per_minute": 0}"#, "from 1 to 1000000000, not 0"),
        (#"{"name": "a", "hash": "H", "tokens_per_minute": "5"}"#, "from 1 to 1000000000"),
        (#"{"name": "a", "hash": "H", "expires": "2027-02-30"}"#, "must be a day or a time"),
        (#"{"name": "a", "hash": "H", "expires": "2027-02-01T25:00:00Z"}"#, "must be a day or a time"),
        (#"{"name": "a", "hash": "H", "admin": 1}"#, "admin must be true or false"),
        (
            #"{"name": "a", "hash": "H"}"# + "\n" + #"{"name": "b", "hash": "H"}"#,
            "b has the same hash as a"
        ),
        (
            #"{"name": "a", "hash": "H"}"# + "\n" + #"{"name": "a", "hash": "O", "models": ["m"]}"#,
            "differ in what they may"
        ),
    ])
    func `a wrong entry is told with its place`(text: String, message: String) async throws {
        let text = text.replacing("\"H\"", with: "\"\(Self.abc)\"").replacing(
            "\"O\"", with: "\"\(Self.other)\"")
        let error = await #expect(throws: AccessError.self) { _ = try await keys(text) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("keys.jsonl") == true)
    }

    @Test func `a file that is not there is told with what the system says`() {
        let error = #expect(throws: AccessError.self) { try KeyFile.keys(at: "/nowhere/keys") }
        #expect(error?.description == "cannot read the keys file /nowhere/keys: No such file or directory")
    }

    @Test func `new keys are long, look like keys, and differ`() {
        let keys = Set((0..<100).map { _ in APIKey.makeText() })
        #expect(keys.count == 100)
        #expect(keys.allSatisfy { $0.wholeMatch(of: /sk-nt-[0-9A-Za-z]{43}/) != nil })
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:34:56Z", 951_827_696),
        ("2027-12-31T23:59:59Z", 1_830_297_599),
    ])
    func `times are read and written as RFC 3339 has them`(text: String, seconds: Int) {
        #expect(CalendarTime.seconds(of: text) == seconds)
        #expect(CalendarTime.text(of: seconds) == text)
    }

    @Test(arguments: [
        "", "2027", "2027-13-01", "2027-00-10", "2027-01-32", "2027/01/01", "2027-01-01 00:00:00Z",
        "2027-01-01T00:00:00+", "２０２７-01-01", "2027-1-001", "2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z",
    ])
    func `what is no time is none`(text: String) {
        #expect(CalendarTime.seconds(of: text) == nil)
    }
}
