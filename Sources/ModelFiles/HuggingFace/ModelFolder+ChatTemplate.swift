import JSON

extension ModelFolder {
    /// The template of `chat_template.jinja`, or else of `tokenizer_config.json`; of several, the one named
    /// `default`.
    func chatTemplate() throws(ModelFileError) -> String? {
        if let template = try text("chat_template.jinja") { return template }
        let template = try json("tokenizer_config.json")?["chat_template"]
        guard let named = template?.arrayValue else { return template?.stringValue }
        return named.first { $0["name"] == "default" }?["template"]?.stringValue
    }
}
