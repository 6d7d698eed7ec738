import Logging
import Synchronization

/// Warns about parameters that nobody knows, once for each name.
final class ParameterWarnings: Sendable {
    private let seen = Mutex<Set<String>>([])
    private let namesMax: Int

    init(namesMax: Int) { self.namesMax = namesMax }

    func note(_ names: [String], route: String, logger: Logger) {
        for name in names {
            let shown = String(name.prefix(64))
            let isNew = seen.withLock { $0.count < namesMax && $0.insert(shown).inserted }
            if isNew {
                logger.warning(
                    "Unknown parameter; it has no effect", metadata: ["name": "\(shown)", "path": "\(route)"])
            }
        }
    }
}
