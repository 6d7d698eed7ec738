extension String {
    /// The text as a message may show it: at most 80 scalars, none of which moves a terminal's cursor.
    var shown: String {
        var text = ""
        for (index, scalar) in unicodeScalars.enumerated() {
            guard index < 80 else { return text + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// The text as a secret may be shown: enough of a long key to tell it from another, nothing of a short
    /// one.
    var masked: String {
        guard unicodeScalars.count >= 24 else { return "***" }
        let start = hasPrefix("sk-") ? "sk-" : ""
        return "\(start)…\(String(suffix(4)).shown)"
    }
}
