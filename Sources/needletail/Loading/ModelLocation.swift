import ArgumentParser
import Glibc

/// Where a model lies: what the user typed, found on this machine.
struct ModelLocation {
    /// A model that a short name stands for, once `Scripts/fetch-model` has fetched it.
    private struct Known {
        let name: String
        let file: String
    }

    private static let known = [
        Known(name: "smollm2", file: "SmolLM2-135M-Instruct.Q4_1.gguf"),
        Known(name: "qwen-coder", file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"),
        Known(name: "minilm", file: "all-MiniLM-L6-v2"),
    ]

    /// The short name of the default model.
    static var defaultName: String { known[0].name }

    /// The file or folder.
    let path: String

    /// Finds what `argument` names: a path, a short name, or, where it is nil, the default model.
    ///
    /// - Throws: `ValidationError` that says how to get a model.
    init(_ argument: String?) throws {
        let asked = argument ?? Self.defaultName
        if let argument, access(argument, F_OK) == 0 {
            path = argument
            return
        }
        guard let known = Self.known.first(where: { $0.name == asked }) else {
            throw ValidationError(
                "there is no file or folder \(asked). Give a GGUF file, a Hugging Face folder, or one of: "
                    + Self.known.map(\.name).joined(separator: ", "))
        }
        path = "\(Self.cacheFolder)/\(known.file)"
        guard access(path, R_OK) == 0 else {
            throw ValidationError(
                "the model \(known.name) is not on this machine (\(path)). "
                    + "Fetch it with: Scripts/fetch-model \(known.name)")
        }
    }

    /// Finds what `NAME=PATH`, or a path alone, stands for, and the name that it gives.
    static func named(_ argument: String) throws -> (location: ModelLocation, name: String) {
        if let equals = argument.firstIndex(of: "="), equals > argument.startIndex,
            access(argument, F_OK) != 0
        {
            let location = try ModelLocation(String(argument[argument.index(after: equals)...]))
            return (location, String(argument[..<equals]))
        }
        let location = try ModelLocation(argument)
        return (location, location.name)
    }

    /// The name to serve it under: the file's or folder's own, without path and ending.
    var name: String {
        let last = path.split(separator: "/").last.map(String.init) ?? path
        return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
    }

    private static var cacheFolder: String {
        if let folder = variable("NEEDLETAIL_MODELS") { return folder }
        return "\(variable("HOME") ?? ".")/.cache/needletail/models"
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value[0] != 0 else { return nil }
        return String(cString: value)
    }
}
