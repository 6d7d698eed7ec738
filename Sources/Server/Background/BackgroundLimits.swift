/// The most of what runs in the background, all in one place; how many may wait is the store's limit.
package struct BackgroundLimits: Sendable {
    /// Responses that are at work at the same time.
    package var atWorkMax = 16
    /// How often a response is begun: one that brings the server down must not do so for ever.
    package var runsMax = 10
    /// How long one waits that the engine had no room for.
    package var retrySeconds = 1
    /// How long one waits that met a fault of ours.
    package var faultSeconds = 10

    /// The limits by default.
    package init() {}
}
