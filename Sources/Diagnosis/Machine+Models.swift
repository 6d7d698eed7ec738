import Glibc

/// The folder in which models are found by their short names.
extension Machine {
    /// Less than this and no model can be fetched.
    private static let freeMin = 1 << 30
    /// Names that a line shows.
    private static let namesShownMax = 6

    var modelChecks: [Check] {
        [models, disk].compactMap { $0 }
    }

    /// `$NEEDLETAIL_MODELS`, or `~/.cache/needletail/models`.
    private var modelFolder: String {
        variable("NEEDLETAIL_MODELS") ?? "\(variable("HOME") ?? ".")/.cache/needletail/models"
    }

    private var models: Check {
        let folder = modelFolder
        let fetch = "Scripts/fetch-model smollm2 fetches a small one; any path of a model works too"
        guard let item = files.item(folder) else {
            return Check("model cache", .info, "\(folder) does not exist yet", advice: fetch)
        }
        guard item.isFolder, files.allows(R_OK | X_OK, folder) else {
            return Check(
                "model cache", .problem, "\(folder) is not a folder that can be read",
                advice: "put it right with chmod or chown, or set NEEDLETAIL_MODELS to another folder")
        }
        let found = files.names(in: folder).filter { !$0.hasPrefix(".") }
            .map { (name: $0, path: "\(folder)/\($0)") }
        let broken = found.filter { $0.name.hasSuffix(".gguf") && !startsAsGGUF($0.path) }
        if !broken.isEmpty {
            return Check(
                "model cache", .warning,
                "\(folder) has files that are no GGUF: \(broken.map(\.name).joined(separator: ", "))",
                advice: "delete them and fetch them again: a download may have broken off")
        }
        let names = found.filter { $0.name.hasSuffix(".gguf") || files.item($0.path)?.isFolder == true }.map {
            "\($0.name) (\(Figures.bytes(size(of: $0.path))))"
        }
        guard !names.isEmpty else { return Check("model cache", .info, "\(folder) is empty", advice: fetch) }
        let more = names.count > Self.namesShownMax ? " and \(names.count - Self.namesShownMax) more" : ""
        return Check(
            "model cache", .ok,
            "\(folder): \(names.prefix(Self.namesShownMax).joined(separator: ", "))\(more)")
    }

    /// A file's bytes, or those of the files right inside a folder.
    private func size(of path: String) -> Int {
        guard let item = files.item(path), item.isFolder else { return files.item(path)?.byteCount ?? 0 }
        return files.names(in: path).reduce(0) { $0 &+ max(0, files.item("\(path)/\($1)")?.byteCount ?? 0) }
    }

    private func startsAsGGUF(_ path: String) -> Bool {
        files.bytes(path, atMost: 4) == Array("GGUF".utf8)
    }

    /// Room for another model, where the folder is or would be made.
    private var disk: Check? {
        var folder = modelFolder
        while files.item(folder) == nil, let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = String(folder[..<slash])
        }
        guard let free = files.freeBytes(at: folder) else { return nil }
        if !files.allows(W_OK, folder) {
            return Check(
                "disk", .info, "\(folder) cannot be written to: no model can be fetched into it",
                advice: "set NEEDLETAIL_MODELS to a folder of your own")
        }
        guard free < Self.freeMin else { return Check("disk", .ok, "\(Figures.bytes(free)) free for models") }
        return Check(
            "disk", .warning, "\(Figures.bytes(free)) free: most models do not fit",
            advice: "make room, or set NEEDLETAIL_MODELS to a folder on a larger disk")
    }
}
