/// The parts of JSON text (RFC 8259) that all schemas share.
///
/// Between two tokens stands nothing, a space, or a new line with its indentation: enough for what people and models
/// write, and no more than a model that loops on white space could use.
struct JSONSyntax: Sendable {
    /// Whether every value is written in one way only, members of objects in one order.
    let isCanonical: Bool
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

    init(_ builder: inout GrammarBuilder, isCanonical: Bool = false) {
        self.isCanonical = isCanonical
        quote = builder.pool.literal("\"")
        character = builder.pool.character(.all, .json)
        anyCharacter = isCanonical ? character : builder.pool.anyJSONCharacter()
        let space = builder.pool.literal(" ")
        let spaces = builder.pool.loop(space, 0, Self.indentationMax)
        let tabs = builder.pool.loop(builder.pool.literal("\t"), 1, Self.indentationMax / 4)
        let line = builder.pool.sequence(builder.pool.literal("\n"), builder.pool.anyOf([spaces, tabs]))
        let gap = isCanonical ? .empty : builder.pool.anyOf([.empty, space, line])
        string = builder.pool.sequence([quote, builder.pool.loop(anyCharacter, 0, nil), quote])
        openObject = builder.pool.sequence(builder.pool.literal("{"), gap)
        closeObject = builder.pool.sequence(gap, builder.pool.literal("}"))
        openArray = builder.pool.sequence(builder.pool.literal("["), gap)
        closeArray = builder.pool.sequence(gap, builder.pool.literal("]"))
        comma = builder.pool.sequence(builder.pool.literal(","), isCanonical ? space : gap)
        colon = builder.pool.sequence(
            builder.pool.literal(":"), isCanonical ? space : builder.pool.optional(space))
        (integer, number) = isCanonical ? builder.pool.canonicalNumbers() : builder.pool.freeNumbers()

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
    /// Integers and numbers as anybody may write them.
    mutating func freeNumbers() -> (integer: ExpressionID, number: ExpressionID) {
        let integer = sequence(optional(literal("-")), wholeDigits(max: NumberSyntax.wholeDigitsMax))
        let fraction = optional(fractionDigits(max: NumberSyntax.fractionDigitsMax))
        let exponent = sequence([
            bytes(ByteSet("eE".utf8)), optional(bytes(ByteSet("+-".utf8))),
            loop(bytes(ByteSet(0x30...0x39)), 1, 2),
        ])
        return (integer, sequence([integer, fraction, optional(exponent)]))
    }

    /// Integers and numbers each in one way, and with no more digits than doubles keep apart.
    mutating func canonicalNumbers() -> (integer: ExpressionID, number: ExpressionID) {
        let digit = bytes(ByteSet(0x30...0x39))
        let last = bytes(ByteSet(0x31...0x39))
        let natural = sequence(last, loop(digit, 0, NumberSyntax.exactDigits - 1))
        let integer = anyOf([literal("0"), sequence(optional(literal("-")), natural)])
        let fraction = sequence([
            optional(literal("-")), wholeDigits(max: NumberSyntax.exactDigits / 2), literal("."),
            loop(digit, 0, NumberSyntax.exactDigits / 2 - 1), last,
        ])
        return (integer, anyOf([integer, fraction]))
    }

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
