import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP/1.1 without TLS: one request on a connection of its own, and the answer as it comes.
struct HTTPExchange: Sendable {
    let address: ServerAddress
    /// What `Authorization: Bearer` carries, where the server asks for it.
    let apiKey: String?

    /// Sends a request and hands over the bytes of the answer's body as they come.
    ///
    /// - Parameters:
    ///   - path: The route, behind the address's own path.
    ///   - body: JSON to post; nil asks with `GET`.
    /// - Returns: The status.
    /// - Throws: ``LoadError`` where there is no connection or it ends before the answer does.
    func send(
        _ path: String, body: [UInt8]?, receive: (ByteBuffer) throws -> Void
    ) async throws -> Int {
        do {
            let channel = try await connect()
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head(path, body)))
                if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                try await outbound.write(.end(nil))
                return try await read(inbound, receive)
            }
        } catch let error as LoadError {
            throw error
        } catch let error as NIOConnectionError {
            let cause = error.connectionErrors.first?.error as? IOError
            throw LoadError(
                "no connection to \(address.authority): "
                    + (cause.map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"))
        } catch {
            throw LoadError("no answer from \(address.authority): \(error)")
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, IOData>>

    private func connect() async throws -> Connection {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func head(_ path: String, _ body: [UInt8]?) -> HTTPRequestHead {
        var headers = HTTPHeaders([("Host", address.authority), ("Connection", "close")])
        if let apiKey { headers.add(name: "Authorization", value: "Bearer \(apiKey)") }
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.count)")
        }
        return HTTPRequestHead(
            version: .http1_1, method: body == nil ? .GET : .POST, uri: address.path + path, headers: headers)
    }

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ receive: (ByteBuffer) throws -> Void
    ) async throws -> Int {
        var status: Int?
        for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let bytes): try receive(bytes)
            case .end:
                if let status { return status }
            }
        }
        throw LoadError(
            status == nil
                ? "\(address.authority) closed the connection without an answer"
                : "\(address.authority) closed the connection in the middle of its answer")
    }
}
