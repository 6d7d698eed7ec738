import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request takes too long to come.
///
/// The idle time alone would not do: who sends a byte now and then is never idle, whether or not anybody still waits
/// for the body.
final class BodyDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let secondsMax: Int
    private var deadline: Scheduled<Void>?

    init(secondsMax: Int) { self.secondsMax = secondsMax }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            let channel = context.channel
            deadline = context.eventLoop.scheduleTask(in: .seconds(Int64(secondsMax))) {
                channel.close(promise: nil)
            }
        case .body: break
        case .end: cancel()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        deadline?.cancel()
        deadline = nil
    }
}
