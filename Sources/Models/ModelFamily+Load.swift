package import ModelFiles

extension ModelFamily {
    /// Loads a checkpoint's weights into a backend that already holds its KV cache.
    ///
    /// - Parameter contextLength: The most tokens that one sequence may reach; positions beyond it have no angles.
    /// - Throws: ``ModelFileError`` where a tensor is missing or misshapen, ``ComputeError`` where its type has no
    ///   kernel.
    package static func load(_ loader: WeightLoader, contextLength: Int) throws -> any LanguageModel {
        switch loader.checkpoint.config.family {
        case .llama: try Llama.load(loader, contextLength: contextLength)
        case .qwen2: try Qwen2.load(loader, contextLength: contextLength)
        }
    }
}
