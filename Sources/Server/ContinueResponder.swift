import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Tells a client that waits for it to send its body: `Expect: 100-continue` (RFC 9110, 10.1.1).
///
/// Bodies over the limit are not asked for.
struct ContinueResponder: Sendable {
    private let next: HTTP1Channel.Responder
    private let bodyBytesMax: Int

    init(_ next: @escaping HTTP1Channel.Responder, bodyBytesMax: Int) {
        self.next = next
        self.bodyBytesMax = bodyBytesMax
    }

    @concurrent @Sendable
    func respond(_ request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws
    {
        let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
        if request.headers[.expect]?.lowercased() == "100-continue", length <= bodyBytesMax {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        try await next(request, writer, channel)
    }
}
