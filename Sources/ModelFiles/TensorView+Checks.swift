import Tensors

extension Array<TensorView> {
    /// Checks that no two tensors share bytes of one file.
    func checkDisjoint(path: String) throws(ModelFileError) {
        let ordered = filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (left, right) in zip(ordered, ordered.dropFirst())
        where left.range.upperBound > right.range.lowerBound {
            throw .malformed(
                path: path, place: "tensor \(right.name)",
                reason: "it begins at byte \(right.range.lowerBound), inside tensor \(left.name)")
        }
    }

    /// Checks that no two tensors have one name.
    func checkNames(path: String) throws(ModelFileError) {
        var names: Set<String> = []
        for view in self where !names.insert(view.name).inserted {
            throw .malformed(path: path, place: "tensor \(view.name)", reason: "it stands there twice")
        }
    }
}
