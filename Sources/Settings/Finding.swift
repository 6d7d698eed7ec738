/// Something about the settings that their author should know.
///
/// No finding holds a secret's text: values are shown of settings that are none, and never of unknown
/// variables.
package struct Finding: Sendable, Equatable {
    /// How much it matters.
    package enum Severity: String, Sendable {
        /// For the log.
        case note
        /// The server starts, but maybe not as meant.
        case warning
        /// The server must not start.
        case error
    }

    /// What is wrong.
    package enum Kind: String, Sendable {
        /// A line of the `.env` file that cannot be read.
        case syntax
        /// A name given twice in the `.env` file.
        case duplicate
        /// A name that nobody knows.
        case unknown
        /// A name that nobody knows, close to one that is known.
        case nearMiss
        /// A text that is no value of its setting.
        case badValue
        /// A variable that is understood and does nothing here.
        case withoutEffect
        /// A line of the `.env` file that the environment wins over.
        case shadowed
        /// Two settings that do not go together.
        case contradiction
        /// A setting that the model's files contradict; the files are followed.
        case corrected
    }

    package let severity: Severity
    package let kind: Kind
    /// The variable or flag that it is about.
    package let subject: String
    package let origin: Origin
    /// What is wrong, with the limit and the value.
    package let message: String
    /// What to do, where there is something.
    package let fix: String?

    init(
        _ severity: Severity, _ kind: Kind, _ subject: String, at origin: Origin, _ message: String,
        fix: String? = nil
    ) {
        self.severity = severity
        self.kind = kind
        self.subject = subject
        self.origin = origin
        self.message = message
        self.fix = fix
    }
}

extension Finding: CustomStringConvertible {
    package var description: String {
        "\(origin): \(message)" + (fix.map { ". \($0)" } ?? "")
    }
}
