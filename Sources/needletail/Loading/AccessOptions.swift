import ArgumentParser
import Logging
import Server
import Settings

/// Who may use the server, and how it is reached; the flags have vLLM's names where it has them.
struct AccessOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file of hashed keys with names, models and limits; read again when it changes.",
            discussion: "Make one with `needletail keys new NAME --file FILE`.", valueName: "file"))
    var apiKeysFile: String?

    @Option(
        help: ArgumentHelp(
            "A certificate in PEM, with those that lead to its root: the server speaks HTTPS.",
            valueName: "file"))
    var sslCertfile: String?

    @Option(help: ArgumentHelp("The certificate's private key in PEM.", valueName: "file"))
    var sslKeyfile: String?

    @Option(help: ArgumentHelp("What opens the private key, where it is encrypted.", valueName: "password"))
    var sslKeyfilePassword: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Web pages that may use the server from a browser, such as https://chat.example.com; * for all.",
            valueName: "origin"))
    var allowedOrigins: [String] = []

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Methods that those pages may use.", valueName: "method")
    )
    var allowedMethods: [String] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Headers that those pages may send.", valueName: "header"))
    var allowedHeaders: [String] = []

    @Flag(help: "Lets those pages send cookies and the like.")
    var allowCredentials = false

    /// Takes what holds after all sources were weighed.
    mutating func take(_ settings: EffectiveSettings) {
        apiKeysFile = settings.text(.apiKeysFile)
        sslCertfile = settings.text(.sslCertfile)
        sslKeyfile = settings.text(.sslKeyfile)
        sslKeyfilePassword = settings.text(.sslKeyfilePassword)
        allowedOrigins = settings.list(.allowedOrigins)
        allowedMethods = settings.list(.allowedMethods)
        allowedHeaders = settings.list(.allowedHeaders)
        allowCredentials = settings.isOn(.allowCredentials)
    }

    /// Reads keys and certificate.
    ///
    /// - Throws: `ValidationError` with what is wrong.
    func control(apiKeys: [String], logger: Logger) throws -> AccessControl {
        do {
            let cors =
                allowedOrigins.isEmpty
                ? nil
                : try CORSPolicy(
                    origins: allowedOrigins, methods: allowedMethods, headers: allowedHeaders,
                    allowsCredentials: allowCredentials)
            var tls: TLSFiles?
            if let sslCertfile, let sslKeyfile {
                tls = TLSFiles(
                    certificateFile: sslCertfile, keyFile: sslKeyfile, keyPassword: sslKeyfilePassword)
            }
            return try AccessControl(
                apiKeys: apiKeys, keysFile: apiKeysFile, tls: tls, cors: cors, logger: logger)
        } catch {
            throw ValidationError(error.description)
        }
    }
}
