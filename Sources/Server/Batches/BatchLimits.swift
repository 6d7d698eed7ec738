/// The most that a batch may ask for, all in one place.
package struct BatchLimits: Sendable {
    /// Requests of one batch.
    package var linesMax = 50_000
    /// Bytes of one request.
    package var lineBytesMax = 8 << 20
    /// Bytes of the file that the requests are in.
    package var inputBytesMax = 200 << 20
    /// Faults of an input that are told.
    package var errorsMax = 100
    /// Requests of a batch that are at work at the same time.
    package var linesAtWorkMax = 4
    /// The priority of a batch's requests: the higher the number, the later they come.
    package var priority = 1000
    /// The longest completion window.
    package var windowHoursMax = 168
    /// How often is looked for what has expired.
    package var tickSeconds = 60
    /// How long a request waits that the engine had no room for.
    package var retrySeconds = 1
    /// How long a batch waits that met a fault of ours.
    package var faultSeconds = 10

    /// The limits by default.
    package init() {}
}
