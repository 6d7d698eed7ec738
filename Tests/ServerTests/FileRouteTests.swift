import JSON
import Server
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FileRouteTests {
    @Test func `a file comes back as it was sent, and goes when it is deleted`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let content = String(repeating: "0123456789\r\n", count: 300_000)
                let sent = try await server.upload(content, name: "../../etc/pass\u{1}wd")
                #expect(sent.status == 200)
                let file = try #require(sent.json)
                #expect(file["object"] == "file")
                #expect(file["bytes"] == .int(content.utf8.count))
                #expect(file["filename"] == "passwd", "no path, no control characters")
                #expect(file["purpose"] == "batch")
                #expect(file["expires_at"]?.intValue != nil, "a batch's input goes after a month")
                let id = try #require(file["id"]?.stringValue)
                #expect(try await server.request("GET", "/v1/files/\(id)").json == file)
                let got = try await server.request("GET", "/v1/files/\(id)/content")
                #expect(got.body == content)
                #expect(got.headers["content-type"] == "application/octet-stream")
                #expect(got.headers["x-content-type-options"] == "nosniff")
                let deleted = try await server.request("DELETE", "/v1/files/\(id)")
                #expect(deleted.json == ["id": .string(id), "object": "file", "deleted": true])
                for path in ["/v1/files/\(id)", "/v1/files/\(id)/content"] {
                    #expect(try await server.request("GET", path).status == 404)
                }
            }
        }
    }

    @Test func `a file that is deleted while it is sent ends the connection, and nobody waits`() async throws
    {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let count = 32 << 20
                let file = try await server.upload(
                    String(repeating: "x", count: count), fields: ["purpose": "user_data"])
                let id = try #require(file.json?["id"]?.stringValue)
                try await WireClient.with(port: server.port) { client in
                    try await client.send("GET", "/v1/files/\(id)/content")
                    _ = try await client.read(upTo: "\r\n\r\n")
                    #expect(try await server.request("DELETE", "/v1/files/\(id)").status == 200)
                    #expect(try await client.read(upTo: "y").utf8.count < count)
                }
            }
        }
    }

    @Test func `files are listed in pages`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                var ids: [JSONValue] = []
                for number in 1...3 {
                    let sent = try await server.upload(
                        "x", fields: ["purpose": number == 2 ? "user_data" : "batch"])
                    ids.append(try #require(sent.json?["id"]))
                }
                let first = try await server.request("GET", "/v1/files?limit=2").json
                #expect(first?["data"]?.arrayValue?.map { $0["id"] ?? nil } == [ids[2], ids[1]])
                #expect(first?["has_more"] == true)
                #expect(first?["last_id"] == ids[1])
                let after = try #require(ids[1].stringValue)
                let second = try await server.request("GET", "/v1/files?limit=2&after=\(after)").json
                #expect(second?["data"]?.arrayValue?.map { $0["id"] ?? nil } == [ids[0]])
                let some = try await server.request("GET", "/v1/files?purpose=user_data&order=asc").json
                #expect(some?["data"]?.arrayValue?.count == 1)
                for query in ["limit=0", "limit=x", "order=up"] {
                    #expect(try await server.request("GET", "/v1/files?\(query)").status == 400)
                }
                #expect(try await server.request("GET", "/v1/files?after=none").status == 404)
            }
        }
    }

    @Test func `what cannot be uploaded is refused and leaves nothing`() async throws {
        var limits = StoreLimits()
        limits.fileBytesMax = 1000
        try await StoreFixture.with(limits: limits) { store in
            try await RunningServer.with(store: store) { server in
                let long = String(repeating: "x", count: 1001)
                #expect(try await server.upload(long).status == 413)
                #expect(try await server.upload("x", fields: [:]).json?["error"]?["param"] == "purpose")
                #expect(try await server.upload("x", fields: ["purpose": "joy"]).status == 400)
                for seconds in ["3599", "x", "2592001"] {
                    let refused = try await server.upload(
                        "x",
                        fields: [
                            "purpose": "batch", "expires_after[anchor]": "created_at",
                            "expires_after[seconds]": seconds,
                        ])
                    #expect(refused.json?["error"]?["param"] == "expires_after[seconds]")
                }
                let noForm = try await server.request("POST", "/v1/files", "{}")
                #expect(noForm.json?["error"]?["code"] == "invalid_form")
                let cut = try await server.request(
                    "POST", "/v1/files", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc",
                    headers: ["Content-Type": "multipart/form-data; boundary=b"])
                #expect(cut.status == 400)
                #expect(try await server.request("GET", "/v1/files").json?["data"] == [])
            }
        }
    }

    @Test func `a server without a store says why, and serves the rest`() async throws {
        try await RunningServer.with { server in
            for (method, path) in [
                ("GET", "/v1/files"), ("POST", "/v1/files"), ("GET", "/v1/batches"),
                ("GET", "/v1/files/file-1"),
                ("GET", "/v1/responses/resp_1"),
            ] {
                let response = try await server.request(method, path)
                #expect(response.status == 503)
                #expect(response.json?["error"]?["code"] == "no_storage")
            }
            let split = try await server.upload(to: "/v1/files/split", "one two", fields: [:])
            #expect(split.json?["docs"]?[0]?["page_content"] == "one two")
            let answer = try await server.request("POST", "/v1/responses", #"{"input": "hi"}"#)
            #expect(answer.json?["store"] == false)
            let kept = try await server.request("POST", "/v1/responses", #"{"input": "hi", "store": true}"#)
            #expect(kept.status == 503)
        }
    }

    @Test func `keys guard what is stored, in Anthropic's header, too`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store, configure: { $0.apiKeys = ["secret"] }) { server in
                for path in ["/v1/files", "/v1/files/file-1", "/v1/files/file-1/content", "/v1/batches"] {
                    #expect(try await server.request("GET", path).status == 401)
                }
                for path in ["/v1/files/split", "/v1/responses", "/v1/batches/b/cancel"] {
                    #expect(try await server.request("POST", path, "{}").status == 401)
                }
                let refused = try await server.request("POST", "/v1/messages", "{}")
                #expect(refused.status == 401)
                #expect(refused.json?["type"] == "error")
                #expect(refused.json?["error"]?["type"] == "authentication_error")
                let counted = try await server.request(
                    "POST", "/v1/messages/count_tokens",
                    #"{"model": "alphabet", "messages": [{"role": "user", "content": "hi"}]}"#,
                    headers: ["x-api-key": "secret"])
                #expect(counted.status == 200)
            }
        }
    }

    @Test func `text, Markdown and HTML are split, from an upload or a stored file`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let html = """
                    <html><head><title>T</title><script>var x = "<p>no</p>";</script></head>
                    <body><p>One &amp; two.</p><p>Three&#33;</p></body></html>
                    """
                let split = try await server.upload(
                    to: "/v1/files/split", html, name: "a.html",
                    fields: ["chunk_size": "100", "chunk_overlap": "0"])
                #expect(split.json?["docs"]?[0]?["page_content"] == "T\nOne & two.\nThree!")
                #expect(split.json?["docs"]?[0]?["metadata"]?["source"]?["filename"] == "a.html")
                let stored = try await server.upload("# A\ntext a\n# B\ntext b", name: "a.md")
                let id = try #require(stored.json?["id"]?.stringValue)
                let sections = try await server.request(
                    "POST", "/v1/files/split",
                    #"{"file_id": "\#(id)", "text_splitter_name": "MarkdownHeaderTextSplitter"}"#)
                #expect(
                    sections.json?["docs"]?.arrayValue?.map { $0["page_content"] ?? nil } == [
                        "# A\ntext a", "# B\ntext b",
                    ])
                let fetch = try await server.request(
                    "POST", "/v1/files/split", #"{"url": "http://127.0.0.1:1/"}"#)
                #expect(fetch.json?["error"]?["param"] == "url")
                for path in ["/etc/passwd", "../x", "file-none"] {
                    let none = try await server.request(
                        "POST", "/v1/files/split", #"{"file_id": "\#(path)"}"#)
                    #expect(none.status == 404)
                }
            }
        }
    }
}
