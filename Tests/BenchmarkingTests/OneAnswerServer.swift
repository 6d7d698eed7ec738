import NIOCore
import NIOPosix
import Synchronization

/// A server on the loopback interface that answers its one request with what a test has written, piece by piece.
final class OneAnswerServer: Sendable {
    let port: Int
    private let text: Mutex<String>

    private init(port: Int) {
        self.port = port
        text = Mutex("")
    }

    /// What the client sent.
    var received: String { text.withLock { $0 } }

    /// Runs the body beside a server, which ends with it.
    ///
    /// - Parameter pieces: The answer; without any, the server hangs up.
    static func with<R>(
        _ pieces: [String], _ body: @Sendable (OneAnswerServer) async throws -> R
    ) async throws -> R where R: Sendable {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let server = OneAnswerServer(port: listener.channel.localAddress?.port ?? 0)
        return try await listener.executeThenClose { connections in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await connection in connections { try? await server.answer(connection, pieces) }
                }
                let result = try await body(server)
                group.cancelAll()
                return result
            }
        }
    }

    private func answer(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ pieces: [String]
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            for try await bytes in inbound {
                let isComplete = text.withLock { text in
                    text += String(buffer: bytes)
                    return text.hasSuffix("}") || text.hasPrefix("GET")
                }
                if isComplete { break }
            }
            for piece in pieces { try await outbound.write(ByteBuffer(string: piece)) }
        }
    }
}
