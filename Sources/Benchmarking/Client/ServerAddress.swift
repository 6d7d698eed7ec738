/// Where an HTTP server is: `http://host:port/path`.
package struct ServerAddress: Sendable, Equatable {
    package let host: String
    package let port: Int
    /// What stands before every route, without a slash at its end.
    package let path: String

    /// Reads a base URL (RFC 3986, section 3).
    ///
    /// - Throws: ``LoadError`` where it is no URL, or asks for TLS.
    package init(_ url: String) throws(LoadError) {
        guard !url.hasPrefix("https://") else {
            throw LoadError(
                "\(url) asks for TLS, which this command does not speak: name the server's http:// address, or put "
                    + "a proxy that speaks TLS between")
        }
        guard url.hasPrefix("http://") else { throw LoadError("\(url) does not begin with http://") }
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        var path = rest[authority.endIndex...]
        while path.last == "/" { path = path.dropLast() }
        self.path = String(path)
        guard let (host, port) = Self.split(authority) else {
            throw LoadError("\(url) names no host and port, as http://127.0.0.1:8000 does")
        }
        (self.host, self.port) = (String(host), port)
    }

    /// `host`, `host:port`, `[::1]` or `[::1]:port`.
    private static func split(_ authority: Substring) -> (host: Substring, port: Int)? {
        var host = authority.prefix { $0 != ":" }
        var rest = authority[host.endIndex...]
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        }
        guard !host.isEmpty, !host.contains("@") else { return nil }
        guard !rest.isEmpty else { return (host, 80) }
        guard rest.first == ":", let port = Int(rest.dropFirst()), (1...65_535).contains(port) else {
            return nil
        }
        return (host, port)
    }

    /// What the `Host` field says.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// Why a load cannot be sent, or one request of it failed.
package struct LoadError: Error, Sendable, CustomStringConvertible {
    /// One line for people.
    package let description: String

    package init(_ description: String) { self.description = description }
}
