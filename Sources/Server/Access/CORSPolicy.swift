import HTTPTypes
import Hummingbird

/// Which web pages may use the server from a browser (the Fetch standard's CORS protocol); by default none.
package struct CORSPolicy: Sendable {
    /// Seconds for which a browser may remember an answer.
    private static let maxAgeSeconds = 600
    /// What a page may ask for where nothing else is set.
    package static let methodsByDefault = ["GET", "HEAD", "POST", "DELETE"]
    /// Headers of ours that a page may read.
    private static let exposed =
        ["X-Request-Id", "Retry-After"]
        + ["limit", "remaining", "reset"].flatMap { kind in
            ["requests", "tokens"].map { "X-RateLimit-\(kind)-\($0)" }
        }

    private let origins: Set<String>
    private let methods: [String]
    private let headers: [String]
    private let allowsCredentials: Bool

    /// - Parameters:
    ///   - origins: such as `https://chat.example.com`; `*` stands for all of them.
    ///   - methods: `*` stands for all; empty for those by default.
    ///   - headers: request headers besides the harmless ones; `*`, or empty, for all.
    /// - Throws: ``AccessError`` where credentials go with `*`: any page could act in its visitor's name.
    package init(
        origins: [String], methods: [String] = [], headers: [String] = [], allowsCredentials: Bool = false
    ) throws(AccessError) {
        if allowsCredentials, origins.contains("*") {
            throw AccessError(
                "--allow-credentials does not go with --allowed-origins '*': any web page could act in its "
                    + "visitor's name; name the origins")
        }
        for origin in origins where origin != "*" {
            let parts = origin.split(separator: "/", omittingEmptySubsequences: false)
            guard origin == "null" || parts.count == 3 && parts[0].hasSuffix(":") && parts[1].isEmpty else {
                throw AccessError(
                    "--allowed-origins must hold origins such as https://chat.example.com, without a path, or *, "
                        + "not \(origin.prefix(80))")
            }
        }
        self.origins = Set(origins)
        self.methods = methods.isEmpty ? Self.methodsByDefault : methods
        self.headers = headers.isEmpty ? ["*"] : headers
        self.allowsCredentials = allowsCredentials
    }

    /// The answer to a browser that asks whether it may ask; nil where the request is none of that kind.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let origin = request.headers[.origin],
            let method = request.headers[.accessControlRequestMethod]
        else { return nil }
        var response = Response(status: .noContent)
        guard allows(origin), methods.contains("*") || methods.contains(method) else {
            describe(nil, in: &response.headers)
            return response
        }
        describe(origin, in: &response.headers)
        response.headers[.accessControlExposeHeaders] = nil
        response.headers[.accessControlAllowMethods] =
            methods.contains("*") ? method : methods.joined(separator: ", ")
        // A star would not cover Authorization, so what is asked for is named.
        let asked = request.headers[.accessControlRequestHeaders]
        response.headers[.accessControlAllowHeaders] =
            headers.contains("*") ? asked : headers.joined(separator: ", ")
        response.headers[.accessControlMaxAge] = String(Self.maxAgeSeconds)
        return response
    }

    /// Lets the page that asked read a response.
    func describe(_ origin: String?, in headers: inout HTTPFields) {
        let isOpen = origins.contains("*")
        if !isOpen { headers[.vary] = "Origin" }
        guard let origin, allows(origin) else { return }
        headers[.accessControlAllowOrigin] = isOpen ? "*" : origin
        if allowsCredentials { headers[.accessControlAllowCredentials] = "true" }
        headers[.accessControlExposeHeaders] = Self.exposed.joined(separator: ", ")
    }

    private func allows(_ origin: String) -> Bool { origins.contains("*") || origins.contains(origin) }
}
