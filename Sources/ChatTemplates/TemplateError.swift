/// What is wrong with a chat template, or went wrong while it was rendered, and where.
package struct TemplateError: Error, Sendable, CustomStringConvertible {
    /// The classes of error, named after what Jinja2 would raise.
    package enum Kind: String, Sendable {
        /// The text is no template.
        case syntax
        /// A statement of Jinja2 that has no meaning in a chat template, such as `include`.
        case unsupported
        /// The template itself refused its input: it called `raise_exception`, and the message is its own.
        case raised
        /// An undefined value was used for more than printing and testing.
        case undefined
        /// The sandbox forbids it, such as changing a list.
        case security
        /// The operation does not fit the type of its operand.
        case type
        /// The type fits but the value does not.
        case value
        /// Division by zero, or a number out of range.
        case arithmetic
        /// A filter or test that does not exist, or was given the wrong arguments.
        case runtime
        /// The template asked for more than `ChatTemplate.Limits` allows.
        case limit
    }

    /// The class of error.
    package let kind: Kind
    /// What happened; of a `raised` error exactly the template's own words.
    package let message: String
    /// Where in the template, if known.
    package private(set) var position: Position?

    /// The line in the template, from 1; 0 if unknown.
    package var line: Int { position?.line ?? 0 }
    /// The column in the template in bytes, from 1; 0 if unknown.
    package var column: Int { position?.column ?? 0 }

    package var description: String {
        guard let position else { return message }
        return "chat template, line \(position.line), column \(position.column): \(message)"
    }

    init(_ kind: Kind, _ message: String, at position: Position? = nil) {
        self.kind = kind
        self.message = message
        self.position = position
    }

    /// The same error, placed there unless an inner construct has placed it already.
    func located(at position: Position) -> TemplateError {
        var copy = self
        if copy.position == nil { copy.position = position }
        return copy
    }
}

extension TemplateError {
    /// A place in the template's text.
    package struct Position: Sendable, Hashable {
        /// From 1.
        package let line: Int
        /// In bytes, from 1.
        package let column: Int
    }
}

typealias Position = TemplateError.Position
