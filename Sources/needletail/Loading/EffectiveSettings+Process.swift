// `environ` is a global of C that nothing here changes.
@preconcurrency import Glibc
import JSON
import Settings

extension EffectiveSettings {
    /// What this process was given: its command line, its environment, and `.env` in the working directory.
    ///
    /// - Throws: `ValidationError` where a file cannot be read, `JSONError` where the config file is no JSON.
    init(arguments: [String], model: String?, configFile: String?) throws {
        var flags = GivenFlags(arguments, otherFlags: ["config"]).values
        if let model {
            flags[.model] = [model]
        } else if var models = flags[.additionalModel] {
            // vLLM's own way to name the model.
            flags[.model] = [models.removeFirst()]
            flags[.additionalModel] = models.isEmpty ? nil : models
        }
        let dotEnv = access(".env", F_OK) == 0 ? DotEnv(try TextFile.read(".env")) : nil
        let file = try configFile.map { ConfigFile(try JSONValue(parsing: try TextFile.read($0))) }
        self.init(flags: flags, environment: Self.environment, dotEnv: dotEnv, file: file)
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        // The environment ends with a null pointer, and each entry is a C string.
        var next = environ
        while let variable = next.pointee {
            let parts = String(cString: variable).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, variables[String(parts[0])] == nil {
                variables[String(parts[0])] = String(parts[1])
            }
            next += 1
        }
        return variables
    }
}
