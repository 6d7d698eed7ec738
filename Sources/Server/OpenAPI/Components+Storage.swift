import JSON

extension Components {
    /// `/v1/files` and `/v1/batches`.
    static let storage = [
        deleted,
        Component(
            "File",
            .object([
                .required("id", .string()), .required("object", .constant("file")),
                .required("bytes", .integer(nil, 0...(.max))), .required("created_at", .integer()),
                .required("filename", .string()), .required("purpose", .string()),
                .optional("status", .string()), .optional("expires_at", .integer()),
            ])),
        Component("FileList", list(of: .reference("File"))),
        Component(
            "FileUpload",
            .object([
                .required("file", .string("The file itself")),
                .required("purpose", .string("Such as batch, assistants or user_data")),
            ])),
        Component(
            "FileSplitRequest", .map(.anything(), "file_id, and how to cut: chunk_size, chunk_overlap …")),
        Component("FileSplit", .map(.anything())),
        Component(
            "BatchRequest",
            .object([
                .required("input_file_id", .string("A file of requests, one JSON object a line")),
                .required("endpoint", .string("The path that all lines ask for")),
                .optional("completion_window", .string("Such as 24h")),
                .optional("metadata", .map(.anything())),
            ])),
        Component(
            "Batch",
            .object([
                .required("id", .string()), .required("object", .constant("batch")),
                .required("endpoint", .string()), .required("input_file_id", .string()),
                .optional("completion_window", .string()),
                .required(
                    "status",
                    .string(values: [
                        "validating", "failed", "in_progress", "finalizing", "completed", "expired",
                        "cancelling",
                        "cancelled",
                    ])),
                .optional("output_file_id", .string()), .optional("error_file_id", .string()),
                .required("created_at", .integer()),
                .optional(
                    "request_counts",
                    .object([
                        .required("total", .integer()), .required("completed", .integer()),
                        .required("failed", .integer()),
                    ])),
                .optional("errors", .map(.anything())), .optional("metadata", .map(.anything())),
            ])),
        Component("BatchList", list(of: .reference("Batch"))),
    ]

    /// The parameters of lists that are read a page at a time.
    static let paging: [Property] = [
        .optional("limit", .integer("Entries of a page", 1...(.max))),
        .optional("after", .string("The id behind which the page begins")),
    ]
}

extension Operation {
    static let uploadFile = Operation(
        id: "createFile", topic: .storage, summary: "Stores a file",
        request: Content(type: "multipart/form-data", schema: .reference("FileUpload")),
        response: .json("File"))

    static let listFiles = Operation(
        id: "listFiles", topic: .storage, summary: "Lists the caller's files", query: Components.paging,
        response: .json("FileList"), errors: [400, 404])

    static let retrieveFile = Operation(
        id: "retrieveFile", topic: .storage, summary: "Describes a file", argument: "The file's id",
        response: .json("File"), errors: [404])

    static let deleteFile = Operation(
        id: "deleteFile", topic: .storage, summary: "Deletes a file", argument: "The file's id",
        response: .json("Deleted"), errors: [404, 409])

    static let fileContent = Operation(
        id: "downloadFile", topic: .storage, summary: "Sends a file's bytes", argument: "The file's id",
        response: Content(type: "application/octet-stream", schema: .string()), errors: [404])

    static let splitFile = Operation(
        id: "splitFile", topic: .storage, summary: "Cuts a text, Markdown or HTML file into pieces",
        request: .json("FileSplitRequest", example: ["file_id": "file-…"]), response: .json("FileSplit"),
        errors: [404])

    static let createBatch = Operation(
        id: "createBatch", topic: .storage, summary: "Answers a file of requests when there is time",
        request: .json(
            "BatchRequest",
            example: [
                "input_file_id": "file-…", "endpoint": "/v1/chat/completions", "completion_window": "24h",
            ]),
        response: .json("Batch"), errors: [404])

    static let listBatches = Operation(
        id: "listBatches", topic: .storage, summary: "Lists the caller's batches", query: Components.paging,
        response: .json("BatchList"), errors: [400, 404])

    static let retrieveBatch = Operation(
        id: "retrieveBatch", topic: .storage, summary: "Describes a batch", argument: "The batch's id",
        response: .json("Batch"), errors: [404])

    static let cancelBatch = Operation(
        id: "cancelBatch", topic: .storage, summary: "Ends a batch before its time",
        argument: "The batch's id",
        response: .json("Batch"), errors: [404, 409])
}
