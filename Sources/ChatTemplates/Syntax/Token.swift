/// A piece of a template.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        /// Text outside tags.
        case data(String)
        case variableBegin, variableEnd, blockBegin, blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        /// An operator or a bracket.
        case symbol(String)
        case end
    }

    let kind: Kind
    let position: Position

    /// How to speak of this token in an error.
    var summary: String {
        switch kind {
        case .data: "template data"
        case .variableBegin: "begin of print statement"
        case .variableEnd: "end of print statement"
        case .blockBegin: "begin of statement block"
        case .blockEnd: "end of statement block"
        case .name(let text), .symbol(let text): text
        case .string(let text): text
        case .integer(let value): value.description
        case .float(let value): value.description
        case .end: "end of template"
        }
    }
}
