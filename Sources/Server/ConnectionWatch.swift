import NIOCore
import Synchronization

/// Tells the request at work when its client goes away.
///
/// A client that closes only its sending side counts as gone, as with other HTTP servers: the two cannot be
/// told apart until something is written, and an answer that nobody reads may cost minutes of computing.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    private struct State {
        var isGone = false
        var onGone: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// The watch on that connection.
    static func on(_ channel: any Channel) async throws -> ConnectionWatch {
        try await channel.pipeline.handler(type: ConnectionWatch.self).get()
    }

    /// Whether the client has gone away.
    var isGone: Bool { state.withLock { $0.isGone } }

    /// Calls `action` once, as soon as the client goes away or at once if it has; nil takes the last action
    /// back.
    func onGone(_ action: (@Sendable () -> Void)?) {
        let isGone = state.withLock { state in
            state.onGone = state.isGone ? nil : action
            return state.isGone
        }
        if isGone { action?() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { clientWent() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientWent()
        context.fireChannelInactive()
    }

    private func clientWent() {
        let action = state.withLock { state in
            state.isGone = true
            return state.onGone.take()
        }
        action?()
    }
}
