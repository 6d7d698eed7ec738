import JSON
import OrderedCollections

/// `prediction`: what the caller believes the answer will be, so that a server may get there faster.
///
/// An answer is the same with it and without. This server takes no guesses, so that none of its tokens is accepted or
/// rejected; the usage says so.
enum Prediction {
    /// Reads `{"type": "content", "content": a text or an array of text parts}`.
    ///
    /// - Throws: ``APIError`` 400 where it has another form.
    static func check(_ fields: inout RequestFields) throws(APIError) {
        guard let members = try fields.object("prediction") else { return }
        guard members["type"] == "content" else {
            throw .invalid("prediction.type", "prediction.type must be `content`")
        }
        switch members["content"] {
        case .string: return
        case .array(let parts)
        where parts.allSatisfy({ $0["type"] == "text" && $0["text"]?.stringValue != nil }):
            return
        default:
            throw .invalid(
                "prediction.content", "prediction.content must be a string or an array of text parts")
        }
    }
}
