import JSON
import NIOCore
import NIOPosix

/// A response as it came over the wire.
struct WireResponse {
    var status = 0
    /// Names in lowercase.
    var headers: [String: String] = [:]
    var body = ""

    var json: JSONValue? { try? JSONValue(parsing: body) }

    /// The `data:` of each event.
    var events: [String] {
        body.split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
    }
}

/// A plain HTTP/1.1 client on a socket of its own, for seeing what really goes over it.
struct WireClient: ~Copyable {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    /// What came in, and how much of it was read.
    private var received: [UInt8] = []
    private var position = 0

    /// Connects, runs `body`, and closes the socket.
    static func with<Value>(
        port: Int, _ body: @concurrent (inout WireClient) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.so_rcvbuf), value: 4096)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var client = WireClient(outbound: outbound, inbound: inbound.makeAsyncIterator())
            return try await body(&client)
        }
    }

    private init(
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        inbound: consuming NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    ) {
        self.outbound = outbound
        self.inbound = inbound
    }

    /// Sends bytes as they are.
    @concurrent
    func send(raw text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Sends a request.
    @concurrent
    func send(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: test\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)" } else { text += "\r\n" }
        try await send(raw: text)
    }

    /// Sends a request and reads its response.
    @concurrent
    mutating func request(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> WireResponse {
        try await send(method, path, body, headers: headers)
        return try await readResponse(hasBody: method != "HEAD")
    }

    /// Reads up to that text, which is left out; what comes before it is returned. At the end of the stream,
    /// the rest.
    @concurrent
    mutating func read(upTo mark: String) async throws -> String {
        let mark = Array(mark.utf8)
        var start = position
        while true {
            while start + mark.count <= received.count {
                if received[start..<(start + mark.count)].elementsEqual(mark) {
                    defer { position = start + mark.count }
                    return String(decoding: received[position..<start], as: UTF8.self)
                }
                start += 1
            }
            guard try await receive() else { return String(decoding: received[position...], as: UTF8.self) }
        }
    }

    /// Reads a response: head, then as much as its length or its chunks say.
    @concurrent
    mutating func readResponse(hasBody: Bool = true) async throws -> WireResponse {
        var response = WireResponse()
        let lines = try await read(upTo: "\r\n\r\n").split(separator: "\r\n")
        response.status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            response.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        guard hasBody else { return response }
        if response.headers["transfer-encoding"] == "chunked" {
            while let count = Int(try await read(upTo: "\r\n"), radix: 16), count > 0 {
                response.body += try await read(bytes: count)
                _ = try await read(upTo: "\r\n")
            }
            _ = try await read(upTo: "\r\n")
        } else {
            response.body = try await read(bytes: response.headers["content-length"].flatMap { Int($0) } ?? 0)
        }
        return response
    }

    @concurrent
    private mutating func read(bytes count: Int) async throws -> String {
        while received.count - position < count, try await receive() {}
        defer { position = min(position + count, received.count) }
        return String(decoding: received[position...].prefix(count), as: UTF8.self)
    }

    @concurrent
    private mutating func receive() async throws -> Bool {
        guard let buffer = try await inbound.next() else { return false }
        received += buffer.readableBytesView
        return true
    }
}
