/// One thing that was looked at, what was found, and what to do about it.
package struct Check: Sendable, Hashable {
    /// How it stands.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        /// As it should be.
        case ok
        /// Worth knowing, neither good nor bad.
        case info
        /// Works, but worse than it could.
        case warning
        /// Does not work until something is done.
        case problem
    }

    /// What was looked at, in a few lower-case words that stay the same: `huge pages`.
    package let topic: String
    package let status: Status
    /// What is there, with its figures.
    package let found: String
    /// What to do; nil where there is nothing to do.
    package let advice: String?

    package init(_ topic: String, _ status: Status, _ found: String, advice: String? = nil) {
        self.topic = topic
        self.status = status
        self.found = found
        self.advice = advice
    }
}
