import JSON
import ModelFiles
import OrderedCollections
import Tensors

/// What `inspect` shows of a model: its metadata and its tensors, whichever format they come from.
struct ModelContents {
    /// One key of the metadata.
    private struct Entry {
        let key: String
        let type: String
        let value: JSONValue
        /// The value in short.
        let text: String
    }

    /// The most elements of an array that are shown; of a longer one only type and length.
    private static let elementsShownMax = 64
    /// The most characters of a text that the table shows.
    private static let textShownMax = 72

    private let format: String
    private let metadata: [Entry]
    private let tensors: [TensorView]

    /// Opens a model's headers; its family need not be one that Needletail runs.
    init(path: String) throws(ModelFileError) {
        if path.hasSuffix(".safetensors") {
            format = "safetensors"
            metadata = []
            tensors = try Safetensors.read(path)
        } else if !MappedFile.isFolder(path) {
            let file = try GGUFFile(path: path)
            format = "GGUF v\(file.version)"
            metadata = file.metadata.entries.map { Self.entry($0.key, $0.value) }
            tensors = file.tensors
        } else {
            let folder = try ModelFolder(path: path)
            format = "Hugging Face folder"
            metadata = (folder.config.objectValue ?? [:]).map { key, value in
                Entry(key: key, type: value.kind, value: value, text: value.serialized(.python))
            }
            tensors = EncoderCheckpoint.isEncoder(path) ? try folder.storedTensors() : try folder.tensors()
        }
    }

    /// The whole as one JSON object.
    var json: JSONValue {
        [
            "format": .string(format),
            "metadata": .object(metadata.reduce(into: [:]) { $0[$1.key] = $1.value }),
            "tensors": .array(
                tensors.map { tensor in
                    [
                        "name": .string(tensor.name), "type": .string(tensor.type.name),
                        "shape": .array(tensor.shape.map { .int($0) }), "bytes": .int(tensor.byteCount),
                    ]
                }),
            "parameters": .int(parameters),
            "bytes": .int(bytes),
        ]
    }

    /// The whole as tables.
    func lines(for terminal: Terminal) -> [String] {
        var keys = Table([("key", .left), ("type", .left), ("value", .left)])
        for entry in metadata { keys.append([entry.key, entry.type, Self.shortened(entry.text)]) }
        var shapes = Table([("tensor", .left), ("type", .left), ("shape", .left), ("size", .right)])
        for tensor in tensors {
            let shape = tensor.shape.map(String.init).joined(separator: " × ")
            shapes.append([tensor.name, tensor.type.name, shape, Quantities.bytes(tensor.byteCount)])
        }
        let summary =
            "\(format), \(metadata.count) keys, \(tensors.count) tensors, "
            + "\(Quantities.parameters(parameters)) parameters, \(Quantities.bytes(bytes))"
        return [terminal.styled(summary, .bold), ""] + keys.lines(for: terminal) + [""]
            + shapes.lines(for: terminal)
    }

    private var parameters: Int { tensors.reduce(0) { $0 + $1.elementCount } }
    private var bytes: Int { tensors.reduce(0) { $0 + $1.byteCount } }

    private static func entry(_ key: String, _ value: GGUFValue) -> Entry {
        let type = value.arrayValue.map { "\($0.elementType)[\($0.count)]" } ?? "\(value.type)"
        return Entry(key: key, type: type, value: json(value), text: text(value))
    }

    private static func json(_ value: GGUFValue) -> JSONValue {
        if let array = value.arrayValue { return json(array) }
        if let flag = value.boolValue { return .bool(flag) }
        if let integer = value.intValue { return .int(integer) }
        if let number = value.doubleValue { return .double(number) }
        return .string(value.stringValue ?? value.text)
    }

    private static func json(_ array: GGUFArray) -> JSONValue {
        guard array.count <= elementsShownMax else {
            return ["array_of": .string("\(array.elementType)"), "count": .int(array.count)]
        }
        if let strings = array.strings { return .array(strings.map { .string($0) }) }
        if let integers = array.integers { return .array(integers.map { .int($0) }) }
        if let flags = array.bools { return .array(flags.map { .bool($0) }) }
        return .array((array.floats ?? []).map { .double(Double($0)) })
    }

    private static func text(_ value: GGUFValue) -> String {
        value.arrayValue == nil ? value.text : json(value).serialized(.python)
    }

    private static func shortened(_ text: String) -> String {
        let line = text.map { $0.isNewline ? "⏎" : $0 }
        return line.count <= textShownMax ? String(line) : String(line.prefix(textShownMax - 1)) + "…"
    }
}
