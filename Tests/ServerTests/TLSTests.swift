import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Server
import ServingFixtures
import Testing

/// HTTPS with certificates that openssl makes for the test.
@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    private static func files(_ scratch: Scratch, _ certificate: String, _ key: String) -> TLSFiles {
        TLSFiles(certificateFile: scratch.path(certificate), keyFile: scratch.path(key))
    }

    @Test func `certificates and keys that are of no use are told before anything is served`() async throws {
        try await Scratch.with { scratch in
            try await scratch.makeCertificate("a")
            try await scratch.makeCertificate("b")
            try await scratch.makeCertificate("c", options: ["-passout", "pass:sesame"])
            try scratch.file("text", "no certificate at all")
            func message(_ certificate: String, _ key: String, password: String? = nil) -> String {
                var files = Self.files(scratch, certificate, key)
                files.keyPassword = password
                do {
                    _ = try AccessControl(tls: files, logger: Fixtures.logger)
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            #expect(message("a.crt", "a.key").isEmpty)
            #expect(message("none.crt", "a.key").contains("cannot read the certificate file"))
            #expect(message("none.crt", "a.key").contains("none.crt: No such file"))
            #expect(message("a.crt", "none.key").contains("cannot read the private key"))
            #expect(message("text", "a.key").contains("text holds no certificate in PEM"))
            #expect(message("a.key", "a.key").contains("a.key holds no certificate in PEM"))
            #expect(message("a.crt", "text").contains("text holds no private key in PEM"))
            #expect(message("a.crt", "a.crt").contains("a.crt holds no private key in PEM"))
            #expect(message("a.crt", "b.key").contains("b.key does not belong to the first certificate"))
            #expect(message("c.crt", "c.key").contains("--ssl-keyfile-password does not open it"))
            #expect(message("c.crt", "c.key", password: "wrong").contains("--ssl-keyfile-password"))
            #expect(message("c.crt", "c.key", password: "sesame").isEmpty)
        }
    }

    @Test
    func `requests are answered over TLS from 1.2 on, and a changed certificate is shown to who comes next`()
        async throws
    {
        try await Scratch.with { scratch in
            try await scratch.makeCertificate("first")
            try await scratch.makeCertificate("second")
            for kind in ["crt", "key"] {
                try FileManager.default.copyItem(
                    atPath: scratch.path("first.\(kind)"), toPath: scratch.path("server.\(kind)"))
            }
            let access = try AccessControl(
                tls: Self.files(scratch, "server.crt", "server.key"), logger: Fixtures.logger)
            try await RunningServer.with(
                access: access, configure: { $0.limits.accessCheckMilliseconds = 20 }
            ) { server in
                let (first, second) = (scratch.path("first.crt"), scratch.path("second.crt"))
                let health = try await Self.get("/version", server.port, trusting: first)
                #expect(health.hasPrefix("HTTP/1.1 200"))
                #expect(health.hasSuffix("{\"version\":\"0\"}"))
                await #expect(throws: (any Error).self) {
                    _ = try await Self.get("/version", server.port, trusting: second)
                }
                await #expect(throws: (any Error).self) {
                    _ = try await Self.get("/version", server.port, trusting: first, version: .tlsv11)
                }
                // Half of a change is no change.
                try Self.replace(scratch, "second.crt", "server.crt")
                try await Task.sleep(for: .milliseconds(100))
                #expect(
                    try await Self.get("/version", server.port, trusting: first).hasPrefix("HTTP/1.1 200"))
                try Self.replace(scratch, "second.key", "server.key")
                while (try? await Self.get("/version", server.port, trusting: second)) == nil {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }

    private static func replace(_ scratch: Scratch, _ source: String, _ target: String) throws {
        try Data(contentsOf: URL(filePath: scratch.path(source))).write(
            to: URL(filePath: scratch.path(target)))
    }

    /// The answer to a request over a connection of its own.
    private static func get(
        _ path: String, _ port: Int, trusting certificate: String, version: TLSVersion = .tlsv13
    ) async throws -> String {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(certificate)
        configuration.minimumTLSVersion = version == .tlsv11 ? .tlsv1 : .tlsv12
        configuration.maximumTLSVersion = version
        let context = try NIOSSLContext(configuration: configuration)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                ByteBuffer(string: "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            var text = ""
            for try await part in inbound { text += String(buffer: part) }
            return text
        }
    }
}
