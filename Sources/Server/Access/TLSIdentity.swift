import NIOSSL
import Synchronization

/// The files of a server that speaks HTTPS, in PEM.
package struct TLSFiles: Sendable, Hashable {
    /// The certificate, and behind it those that lead to its root.
    package var certificateFile: String
    /// The certificate's private key.
    package var keyFile: String
    /// What opens the key, where it is encrypted.
    package var keyPassword: String?

    /// Names the files.
    package init(certificateFile: String, keyFile: String, keyPassword: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
    }
}

/// The certificate that new connections are shown; it can be exchanged while the server runs.
final class TLSIdentity: Sendable {
    let files: TLSFiles
    private let state: Mutex<(context: NIOSSLContext, expires: Int)>

    /// Loads certificate and key.
    ///
    /// - Throws: ``AccessError`` that names the file at fault.
    init(_ files: TLSFiles) throws(AccessError) {
        self.files = files
        state = Mutex(try Self.load(files))
    }

    /// What a new connection is made with.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// When the certificate ends, in seconds since 1970.
    var expires: Int { state.withLock { $0.expires } }

    /// Loads the files again; connections that are open keep what they have.
    ///
    /// - Throws: ``AccessError``; then the last certificate stays.
    func reload() throws(AccessError) {
        let loaded = try Self.load(files)
        state.withLock { $0 = loaded }
    }

    private static func load(_ files: TLSFiles) throws(AccessError) -> sending (NIOSSLContext, Int) {
        let certificates = try certificates(files.certificateFile)
        let key = try key(files)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        // RFC 8996: older versions must not be spoken.
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return (try NIOSSLContext(configuration: configuration), certificates.first?.notValidAfter ?? 0)
        } catch {
            throw AccessError(
                "the private key in \(files.keyFile) does not belong to the first certificate in "
                    + "\(files.certificateFile): set --ssl-keyfile to the key that the certificate was made with"
            )
        }
    }

    private static func certificates(_ path: String) throws(AccessError) -> [NIOSSLCertificate] {
        let bytes = try AccessFile(path: path, purpose: "certificate file").read()
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw AccessError(
                "\(path) holds no certificate in PEM (\"-----BEGIN CERTIFICATE-----\"); set --ssl-certfile to one"
            )
        }
        return certificates
    }

    private static func key(_ files: TLSFiles) throws(AccessError) -> NIOSSLPrivateKey {
        let bytes = try AccessFile(path: files.keyFile, purpose: "private key").read()
        do {
            guard let password = files.keyPassword else {
                // Without this, the library would ask the terminal for a password.
                return try NIOSSLPrivateKey(bytes: bytes, format: .pem) { (set: ([UInt8]) -> Void) in set([])
                }
            }
            return try NIOSSLPrivateKey(bytes: bytes, format: .pem) { set in set(Array(password.utf8)) }
        } catch {
            let isEncrypted = String(decoding: bytes, as: UTF8.self).contains("ENCRYPTED")
            throw AccessError(
                isEncrypted
                    ? "the private key in \(files.keyFile) is encrypted, and --ssl-keyfile-password does not open it"
                    : "\(files.keyFile) holds no private key in PEM (\"-----BEGIN PRIVATE KEY-----\"); "
                        + "set --ssl-keyfile to one")
        }
    }
}
