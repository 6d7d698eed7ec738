import JSON
import ModelFiles
import OrderedCollections
import Tensors

/// What `inspect` shows of a model: its metadata and its tensors, whichever format they come from.
struct ModelContents {
    private let format: String
    private let metadata: [(key: String, type: String, value: JSONValue, text: String)]
    private let tensors: [TensorView]

    /// Opens a model's headers. A GGUF file's family need not be one that Needletail runs.
    init(path: String) throws(ModelFileError) {
        if path.hasSuffix(".gguf") {
            let file = try GGUFFile(path: path)
            format = "GGUF v\(file.version)"
            metadata = file.metadata.entries.map { ($0.key, "\($0.value.type)", $0.value.json, $0.value.text) }
            tensors = file.tensors
        } else {
            let checkpoint = try Checkpoint.open(path)
            format = "Hugging Face folder"
            metadata = checkpoint.source.configEntries
            tensors = checkpoint.tensors.values.sorted { $0.name < $1.name }
        }
    }
}
