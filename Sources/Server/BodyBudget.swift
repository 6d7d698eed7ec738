import OpenAIAPI
import Synchronization

/// The bytes of all bodies that are being read and parsed, up to a limit.
final class BodyBudget: Sendable {
    private let bytesMax: Int
    private let taken = Mutex(0)

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// What one body takes; there is room for others again when the last reference to this goes.
    final class Share: Sendable {
        private let budget: BodyBudget
        private let bytes = Mutex(0)

        init(of budget: BodyBudget) { self.budget = budget }

        deinit {
            let bytes = bytes.withLock { $0 }
            budget.taken.withLock { $0 -= bytes }
        }

        /// - Throws: ``APIError`` 429 where all bodies together would have too many bytes.
        func take(_ count: Int) throws(APIError) {
            let isTaken = budget.taken.withLock { taken in
                guard taken + count <= budget.bytesMax else { return false }
                taken += count
                return true
            }
            guard isTaken else {
                throw .overloaded(
                    "The bodies of all requests together may have \(budget.bytesMax) bytes; try again later")
            }
            bytes.withLock { $0 += count }
        }
    }
}
