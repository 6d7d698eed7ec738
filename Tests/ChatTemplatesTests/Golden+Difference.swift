import ChatTemplates
import JSON
import TestSupport

/// The expectations that `Golden/make.py` had real Jinja2 write.
extension Golden {
    static func text(_ name: String) throws -> String {
        String(decoding: try bytes(name), as: UTF8.self)
    }

    /// What went wrong with a case, or nil: the output must be the same bytes, an error of the same kind, and where the
    /// golden file has its message, with the same message.
    static func difference(
        from expected: JSONValue, _ render: () throws(TemplateError) -> String
    ) -> String? {
        do {
            let output = try render()
            guard let wanted = expected["output"]?.stringValue else {
                return "wrote \(output.debugDescription) instead of failing: \(expected)"
            }
            return output.utf8.elementsEqual(wanted.utf8)
                ? nil : "wrote \(output.debugDescription) instead of \(wanted.debugDescription)"
        } catch {
            guard let kind = expected["error"]?.stringValue else {
                return "failed: \(error.kind.rawValue): \(error)"
            }
            guard kind == error.kind.rawValue else {
                return "failed as \(error.kind.rawValue) (\(error)), not as \(kind)"
            }
            guard let message = expected["message"]?.stringValue, message != error.message else { return nil }
            return "failed with \(error.message.debugDescription), not with \(message.debugDescription)"
        }
    }
}
