/// Where a value comes from, the strongest first.
package enum Origin: Sendable, Equatable {
    /// The command line; the flag with its dashes, or `MODEL`.
    case flag(String)
    /// A variable of the environment.
    case environment(String)
    /// A line of the `.env` file, from 1.
    case dotEnv(line: Int)
    case configFile
    case byDefault
}

extension Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .flag(let flag): (flag.hasPrefix("-") ? "flag " : "argument ") + flag
        case .environment(let name): "environment \(name)"
        case .dotEnv(let line): ".env line \(line)"
        case .configFile: "config file"
        case .byDefault: "default"
        }
    }
}
