package import Logging
import NIOSSL
import Synchronization

/// Who may use the server and how: keys, TLS, origins. Keys and certificates can be exchanged while it runs.
package final class AccessControl: Sendable {
    /// How long before its end a certificate is warned about.
    private static let certificateWarningSeconds = 14 * 86_400

    let keys: KeyRing
    let tls: TLSIdentity?
    let cors: CORSPolicy?
    private let keysFile: AccessFile?
    private let logger: Logger
    /// What the files were like when they were last read, whether or not they were of use.
    private let stamps: Mutex<[AccessFile.Stamp?]>

    /// Reads what there is to read.
    ///
    /// - Parameters:
    ///   - apiKeys: keys that open everything.
    ///   - keysFile: a file of hashed keys (``KeyFile``).
    ///   - tls: the files of a server that speaks HTTPS; nil for plain HTTP.
    ///   - cors: which web pages may use the server.
    /// - Throws: ``AccessError``.
    package init(
        apiKeys: [String] = [], keysFile: String? = nil, tls: TLSFiles? = nil, cors: CORSPolicy? = nil,
        logger: Logger
    ) throws(AccessError) {
        self.keysFile = keysFile.map { AccessFile(path: $0, purpose: "keys file") }
        self.cors = cors
        self.logger = logger
        let watched = Self.watched(keysFile, tls)
        stamps = Mutex(watched.map(\.stamp))
        keys = KeyRing(
            try keysFile.map { path throws(AccessError) in try KeyFile.keys(at: path) }, plainKeys: apiKeys)
        self.tls = try tls.map { files throws(AccessError) in try TLSIdentity(files) }
        warnAboutCertificate()
    }

    /// Access for whoever has one of these keys; without any, for everybody.
    init(plainKeys: [String], logger: Logger) {
        keys = KeyRing(nil, plainKeys: plainKeys)
        (tls, cors, keysFile) = (nil, nil, nil)
        self.logger = logger
        stamps = Mutex([])
    }

    /// Whether a key is asked for.
    package var asksForKeys: Bool { keys.asksForKeys }

    /// The names of those who have keys, sorted.
    package var callerNames: [String] { keys.names }

    /// Whether the server speaks HTTPS.
    package var isEncrypted: Bool { tls != nil }

    /// Whether there is a file that could change.
    package var canReload: Bool { !watchedFiles.isEmpty }

    /// The models that keys name and that are not among those served: most likely mistyped.
    package func unknownModels(served: some Sequence<String>) -> [String] {
        let served = Set(served)
        return keys.modelNames.filter { !served.contains($0) }
    }

    /// Reads keys and certificate anew; what cannot be read is told, and what was read before stays.
    package func reload() {
        stamps.withLock { $0 = watchedFiles.map(\.stamp) }
        if let keysFile {
            do {
                keys.replace(with: try KeyFile.keys(at: keysFile.path))
                logger.info(
                    "Read the keys file again", metadata: ["callers": "\(keys.names.joined(separator: " "))"])
            } catch {
                logger.error("The keys stay as they were: \(error)")
            }
        }
        if let tls {
            do {
                try tls.reload()
                logger.info(
                    "Read the certificate again; it holds until \(CalendarTime.text(of: tls.expires))")
                warnAboutCertificate()
            } catch {
                logger.error("The certificate stays as it was: \(error)")
            }
        }
    }

    /// Reads keys and certificate anew whenever a file has changed, until the task is cancelled.
    func watch(everyMilliseconds interval: Int) async {
        while !watchedFiles.isEmpty, (try? await Task.sleep(for: .milliseconds(interval))) != nil {
            let now = watchedFiles.map(\.stamp)
            if stamps.withLock({ $0 != now }) { reload() }
        }
    }

    private var watchedFiles: [AccessFile] { Self.watched(keysFile?.path, tls?.files) }

    private static func watched(_ keysFile: String?, _ tls: TLSFiles?) -> [AccessFile] {
        [keysFile, tls?.certificateFile, tls?.keyFile].compactMap(\.self)
            .map { AccessFile(path: $0, purpose: "file") }
    }

    private func warnAboutCertificate() {
        guard let tls, tls.expires < SystemClock.secondsSince1970 + Self.certificateWarningSeconds else {
            return
        }
        logger.warning(
            "The certificate in \(tls.files.certificateFile) ends at \(CalendarTime.text(of: tls.expires))")
    }
}
