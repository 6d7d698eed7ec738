import Foundation
import Testing

/// The Python environment with the clients of `Clients/requirements.txt`, and scripts that run in it.
enum PythonClient {
    /// The interpreter.
    static func interpreter() async throws -> String {
        let environment = try await Binary.run(Binary.root.appending(path: "Scripts/python-env").path, [])
        try #require(environment.status == 0, "no Python environment: \(environment.errors)")
        return environment.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a script of `Tests/SystemTests/Clients`, and expects it to find nothing wrong.
    ///
    /// - Returns: What it wrote.
    @discardableResult
    static func run(_ script: String, _ arguments: [String]) async throws -> String {
        let path = Binary.root.appending(path: "Tests/SystemTests/Clients/\(script)").path
        let result = try await Binary.run(try await interpreter(), [path] + arguments)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        return result.output
    }
}
