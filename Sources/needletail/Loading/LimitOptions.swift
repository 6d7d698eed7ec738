import ArgumentParser
import Server
import Settings

/// The most that clients may ask of the server's sockets.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Requests at work at the same time; further ones get a 429.", valueName: "count"))
    var maxRequests = 1024

    @Option(help: ArgumentHelp("Bytes of one request's body, such as 32MiB.", valueName: "size"))
    var maxBodySize: ByteSize?

    @Option(help: ArgumentHelp("Bytes of one request's header fields, such as 64KiB.", valueName: "size"))
    var maxHeaderSize: ByteSize?

    @Option(
        help: ArgumentHelp(
            "Seconds that a connection may stay silent between requests or inside one.", valueName: "seconds")
    )
    var idleTimeout = 75

    @Option(
        help: ArgumentHelp(
            "Seconds that a body may take to come, however little comes at a time.", valueName: "seconds"))
    var bodyTimeout = 300

    /// Takes what holds after all sources were weighed.
    mutating func take(_ settings: EffectiveSettings) {
        maxRequests = settings.integer(.maxRequests) ?? maxRequests
        maxBodySize = settings.integer(.maxBodySize).map(ByteSize.init(bytes:))
        maxHeaderSize = settings.integer(.maxHeaderSize).map(ByteSize.init(bytes:))
        idleTimeout = settings.integer(.idleTimeout) ?? idleTimeout
        bodyTimeout = settings.integer(.bodyTimeout) ?? bodyTimeout
    }

    /// Sets the server's limits.
    func apply(to limits: inout ServerLimits) {
        limits.requestsMax = maxRequests
        limits.bodyBytesMax = maxBodySize?.bytes ?? limits.bodyBytesMax
        limits.headerBytesMax = maxHeaderSize?.bytes ?? limits.headerBytesMax
        limits.idleSecondsMax = idleTimeout
        limits.bodySecondsMax = bodyTimeout
    }
}
