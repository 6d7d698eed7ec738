import Foundation
import JSON
import Store

/// A store in a folder of one test's own.
enum StoreFixture {
    static func with<R>(
        limits: StoreLimits = StoreLimits(), _ body: (Store) async throws -> R
    ) async throws -> R {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "needletail-server-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(try Store(folder: url.path, limits: limits))
    }
}

extension RunningServer {
    /// Sends a form with fields and one file.
    func upload(
        to path: String = "/v1/files", _ content: String, name: String = "in.jsonl",
        fields: KeyValuePairs<String, String> = ["purpose": "batch"], type: String = "text/plain"
    ) async throws -> WireResponse {
        var form = ""
        for (name, value) in fields {
            form += "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        form += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
        form += "Content-Type: \(type)\r\n\r\n\(content)\r\n--b--\r\n"
        return try await request(
            "POST", path, form, headers: ["Content-Type": "multipart/form-data; boundary=b"])
    }

    /// Makes a batch out of lines, and returns its id.
    func makeBatch(_ lines: [String], endpoint: String = "/v1/completions") async throws -> String {
        let file = try await upload(lines.joined(separator: "\n"))
        let made = try await request(
            "POST", "/v1/batches",
            """
            {"input_file_id": "\(file.json?["id"]?.stringValue ?? "")", "endpoint": "\(endpoint)", \
            "completion_window": "24h", "metadata": {"for": "tests"}}
            """)
        return made.json?["id"]?.stringValue ?? made.body
    }

    /// Waits until a batch has come to an end.
    func ended(_ batch: String) async throws -> JSONValue {
        while true {
            let shown = try await request("GET", "/v1/batches/\(batch)").json ?? nil
            switch shown["status"] {
            case "validating", "in_progress", "finalizing", "cancelling":
                try await Task.sleep(for: .milliseconds(5))
            default: return shown
            }
        }
    }

    /// The lines of a file.
    func lines(of file: JSONValue?) async throws -> [JSONValue] {
        let content = try await request("GET", "/v1/files/\(file?.stringValue ?? "")/content")
        return try content.body.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }
}
