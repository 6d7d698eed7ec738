import Hummingbird
import Logging
import NIOCore

/// One request as the log and the metrics know it: nothing of what was asked or answered, and no key.
struct Call: Sendable {
    /// The client's name for the request, or ours.
    let id: String
    private let method: String
    private let path: String
    private let start = ContinuousClock.now
    /// The route's label; requests to unknown paths share one.
    var route = "unknown"
    /// Whose request it is, where a key was looked at.
    var caller: String?

    init(_ request: Request, id: String) {
        self.id = id
        self.method = request.method.rawValue
        self.path = request.uri.path
    }

    /// Counts the request, and writes its one line; what monitors ask every few seconds is logged at debug level.
    func finish(status: Int, counts: HTTPCounts, logger: Logger) {
        counts.count(route: route, method: method, status: status)
        let duration = start.duration(to: .now)
        let milliseconds =
            duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        let isMonitoring = RouteTable.monitoringLabels.contains(route) && status < 400
        var metadata: Logger.Metadata = ["request_id": "\(id)", "duration_ms": "\(milliseconds)"]
        if let caller, caller != Caller.anonymousName { metadata["caller"] = "\(caller)" }
        logger.log(
            level: isMonitoring ? .debug : .info, "\(method) \(path.prefix(200)) \(status)",
            metadata: metadata)
    }
}

/// What Hummingbird knows of the connection that a request came on.
struct Connection: InitializableFromSource, Sendable {
    /// The socket and what handles it.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { self.channel = source.channel }
}
