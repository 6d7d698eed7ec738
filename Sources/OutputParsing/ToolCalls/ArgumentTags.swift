/// The tags of a format that writes each argument of a call between tags of its own, as plain text.
struct ArgumentTags: Sendable {
    /// Around one call or several.
    let opening, closing: [UInt8]
    /// Before a call's name, behind it, and behind its arguments; empty where the name stands right behind the opening
    /// tag, on a line of its own or up to the next tag.
    let function, nameEnd, functionEnd: [UInt8]
    /// Around a parameter's name.
    let key, keyEnd: [UInt8]
    /// Before an argument's value, where a tag of its own stands there, and behind it.
    let value, valueEnd: [UInt8]
    /// Whether one line break at either end of a value belongs to the tags.
    let trimsBreaks: Bool

    /// Qwen3-Coder, where the outer tags may be missing:
    ///
    ///     <tool_call>
    ///     <function=NAME>
    ///     <parameter=KEY>
    ///     VALUE
    ///     </parameter>
    ///     </function>
    ///     </tool_call>
    static let qwenCoder = ArgumentTags(outer: "tool_call")

    /// Seed-OSS: Qwen3-Coder's inner tags.
    static let seed = ArgumentTags(outer: "seed:tool_call")

    /// MiniMax M2: `<minimax:tool_call><invoke name="NAME"><parameter name="KEY">VALUE</parameter></invoke>…`.
    static let miniMax = ArgumentTags(
        opening: [UInt8]("<minimax:tool_call>"), closing: [UInt8]("</minimax:tool_call>"),
        function: [UInt8](#"<invoke name=""#), nameEnd: [UInt8](#"">"#), functionEnd: [UInt8]("</invoke>"),
        key: [UInt8](#"<parameter name=""#), keyEnd: [UInt8](#"">"#),
        value: [], valueEnd: [UInt8]("</parameter>"), trimsBreaks: false)

    /// GLM 4.5: `<tool_call>NAME`, then `<arg_key>KEY</arg_key>` and `<arg_value>VALUE</arg_value>` for each argument, then
    /// `</tool_call>`, with line breaks between them or without.
    static let glm = ArgumentTags(
        opening: [UInt8]("<tool_call>"), closing: [UInt8]("</tool_call>"),
        function: [], nameEnd: [], functionEnd: [],
        key: [UInt8]("<arg_key>"), keyEnd: [UInt8]("</arg_key>"),
        value: [UInt8]("<arg_value>"), valueEnd: [UInt8]("</arg_value>"), trimsBreaks: false)

    /// What ends a value. A parameter or function that begins or ends does so where the value's own tag was forgotten,
    /// unless that tag is the only thing that tells it from the text of another value.
    var valueEnds: [[UInt8]] { function.isEmpty ? [valueEnd] : [valueEnd, functionEnd, key] }

    /// Those that may be special tokens.
    var markers: [[UInt8]] {
        [opening, closing] + (function.isEmpty ? [key, keyEnd, value, valueEnd] : [])
    }
}

extension ArgumentTags {
    /// Qwen3-Coder's tags between outer ones of that name.
    private init(outer: String) {
        self.init(
            opening: Array("<\(outer)>".utf8), closing: Array("</\(outer)>".utf8),
            function: [UInt8]("<function="), nameEnd: [UInt8](">"), functionEnd: [UInt8]("</function>"),
            key: [UInt8]("<parameter="), keyEnd: [UInt8](">"),
            value: [], valueEnd: [UInt8]("</parameter>"), trimsBreaks: true)
    }
}
