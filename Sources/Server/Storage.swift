import OpenAIAPI
package import Store

/// Where the server keeps what must outlive it.
package enum Storage: Sendable {
    /// There.
    case store(Store)
    /// Nowhere, for that reason: routes that need it say so.
    case none(reason: String)

    /// The store.
    ///
    /// - Throws: ``APIError`` 503 with the reason why there is none.
    func required() throws(APIError) -> Store {
        switch self {
        case .store(let store): return store
        case .none(let reason):
            throw APIError(
                status: 503, "This server keeps nothing: \(reason)", type: "server_error", code: "no_storage")
        }
    }

    /// The store where there is one.
    var store: Store? { if case .store(let store) = self { store } else { nil } }
}

extension StoreError {
    /// The id of what is not there, where that is the reason.
    var missingID: String? { if case .notFound(_, let id) = self { id } else { nil } }

    /// Whether the fault is ours, and none of the caller's.
    var isFault: Bool {
        switch self {
        case .folder, .inUse, .database: true
        case .notFound, .conflict, .full: false
        }
    }

    /// Whether a limit is the reason.
    var isFull: Bool { if case .full = self { true } else { false } }
}

extension APIError {
    /// What the store's refusal is to the caller.
    init(_ refusal: StoreError) {
        switch refusal {
        case .notFound(let kind, let id):
            self.init(
                status: 404, "No such \(kind): \(String(id.prefix(80)))", parameter: "id", code: "not_found")
        case .conflict(let reason): self.init(status: 409, reason, code: "conflict")
        case .full(let reason): self.init(status: 413, reason, code: "storage_limit")
        case .folder, .inUse, .database: self = .internalError
        }
    }
}
