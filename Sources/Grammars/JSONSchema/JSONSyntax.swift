/// The parts of JSON text (RFC 8259) that all schemas share.
///
/// Between two tokens stands nothing, a space, or a new line with its indentation: enough for what people and models
/// write, and no more than a model that loops on white space could use.
struct JSONSyntax: Sendable {
    /// `"`
    let quote: ExpressionID
    /// A character of a string that is written one way only, so that texts compare as what they stand for.
    let character: ExpressionID
    /// A string in quotes, escapes as anybody may write them.
    let string: ExpressionID
    /// The characters of such a string.
    let anyCharacter: ExpressionID
    let openObject: ExpressionID
    let closeObject: ExpressionID
    let openArray: ExpressionID
    let closeArray: ExpressionID
    let comma: ExpressionID
    /// Behind a name.
    let colon: ExpressionID
    /// An integer of a size that every reader takes in.
    let integer: ExpressionID
    let number: ExpressionID
    /// Any value.
    let value: NodeID
    /// Any object.
    let object: NodeID
    /// Any array.
    let array: NodeID

    private static let indentationMax = 64

    init(_ builder: inout GrammarBuilder) {
        quote = builder.pool.literal("\"")
        character = builder.pool.character(.all, .json)
        anyCharacter = builder.pool.anyJSONCharacter()
        let space = builder.pool.literal(" ")
        let spaces = builder.pool.loop(space, 0, Self.indentationMax)
        let tabs = builder.pool.loop(builder.pool.literal("\t"), 1, Self.indentationMax / 4)
        let line = builder.pool.sequence(builder.pool.literal("\n"), builder.pool.anyOf([spaces, tabs]))
        let gap = builder.pool.anyOf([.empty, space, line])
        string = builder.pool.sequence([quote, builder.pool.loop(anyCharacter, 0, nil), quote])
        openObject = builder.pool.sequence(builder.pool.literal("{"), gap)
        closeObject = builder.pool.sequence(gap, builder.pool.literal("}"))
        openArray = builder.pool.sequence(builder.pool.literal("["), gap)
        closeArray = builder.pool.sequence(gap, builder.pool.literal("]"))
        comma = builder.pool.sequence(builder.pool.literal(","), gap)
        colon = builder.pool.sequence(builder.pool.literal(":"), builder.pool.optional(space))
        let sign = builder.pool.optional(builder.pool.literal("-"))
        let whole = builder.pool.wholeDigits(max: NumberSyntax.wholeDigitsMax)
        integer = builder.pool.sequence(sign, whole)
        let fraction = builder.pool.optional(builder.pool.fractionDigits(max: NumberSyntax.fractionDigitsMax))
        let exponent = builder.pool.sequence([
            builder.pool.bytes(ByteSet("eE".utf8)),
            builder.pool.optional(builder.pool.bytes(ByteSet("+-".utf8))),
            builder.pool.loop(builder.pool.bytes(ByteSet(0x30...0x39)), 1, 2),
        ])
        number = builder.pool.sequence([integer, fraction, builder.pool.optional(exponent)])

        let (rule, value) = builder.makeRule()
        self.value = value
        let name = builder.terminal(builder.pool.sequence(string, colon))
        let member = builder.sequence(name, value)
        let separator = builder.terminal(comma)
        func list(_ open: ExpressionID, _ item: NodeID, _ close: ExpressionID) -> NodeID {
            let more = builder.loop(builder.sequence(separator, item), 0, nil)
            let items = builder.optional(builder.sequence(item, more))
            return builder.sequence([builder.terminal(open), items, builder.terminal(close)])
        }
        object = list(openObject, member, closeObject)
        array = list(openArray, value, closeArray)
        let words = ["true", "false", "null"].map { builder.terminal(builder.pool.literal($0)) }
        builder.define(
            rule,
            as: builder.anyOf([object, array, builder.terminal(string), builder.terminal(number)] + words))
    }
}

/// How many digits numbers have: as many as a double tells apart, and no more than a model could loop on.
enum NumberSyntax {
    static let wholeDigitsMax = 18
    static let fractionDigitsMax = 17
    /// Decimal digits that a double always tells apart.
    static let exactDigits = 15
}

extension ExpressionPool {
    /// Digits before the point, without leading zeros.
    mutating func wholeDigits(max: Int) -> ExpressionID {
        let more = loop(bytes(ByteSet(0x30...0x39)), 0, max - 1)
        return anyOf([literal("0"), sequence(bytes(ByteSet(0x31...0x39)), more)])
    }

    /// The point and the digits after it.
    mutating func fractionDigits(max: Int) -> ExpressionID {
        sequence(literal("."), loop(bytes(ByteSet(0x30...0x39)), 1, max))
    }
}
