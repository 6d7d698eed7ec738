import JSON
package import OpenAIAPI

/// Where and how to serve.
package struct ServerConfiguration: Sendable {
    /// The address to listen at.
    package var host = "127.0.0.1"
    /// The port to listen at; 0 takes a free one.
    package var port = 8000
    /// Whoever brings one of these may use the API; empty lets everybody in.
    package var apiKeys: [String] = []
    /// What `/version` says.
    package var version = "0"
    /// What `/server_info` tells beside what the server knows itself (``ServerContents/information``).
    var information: JSONValue = [:]
    /// The most that one client, and all together, may ask for.
    package var limits = ServerLimits()

    /// The configuration by default: this machine only, port 8000, no keys.
    package init() {}
}

/// The server's limits, all in one place.
package struct ServerLimits: Sendable {
    /// Bytes of one request's body.
    package var bodyBytesMax = 32 << 20
    /// Bytes of all header fields of one request.
    package var headerBytesMax = 64 << 10
    /// Header fields of one request.
    package var headerFieldsMax = 100
    /// Connections at the same time; further ones wait until one ends. Fewer where the system allows the process fewer
    /// descriptors.
    package var connectionsMax = 8192
    /// Bytes of all bodies that are read and parsed at the same time; further ones get a 429.
    package var bodiesBytesMax = 1 << 30
    /// Requests at work at the same time; further ones get a 429.
    package var requestsMax = 1024
    /// How long a connection may stay silent between requests or inside one.
    package var idleSecondsMax = 75
    /// How long a body may take to come, however little of it comes at a time.
    package var bodySecondsMax = 300
    /// How often the files of keys and certificates are looked at.
    package var accessCheckMilliseconds = 2000
    /// How long running requests may take after a shutdown was asked for.
    package var shutdownSecondsMax = 30
    /// How long the last bytes may take to leave after that.
    package var lingerSecondsMax = 2
    /// Characters of an `x-request-id` that is taken over.
    package var requestIDCharactersMax = 128
    /// Names of unknown parameters that are warned about.
    package var warnedParametersMax = 256
    /// Bytes of a file that is split.
    package var splitBytesMax = 16 << 20
    /// Limits of batches.
    package var batches = BatchLimits()
    /// Limits of what runs in the background.
    package var background = BackgroundLimits()
    /// Limits of what is in a body.
    package var api = APILimits()

    /// The limits by default.
    package init() {}
}
