import JSON
import OrderedCollections

/// Parameters that change no answer.
extension GenerationOptions {
    /// Reads what changes no answer, so that a wrong type is told all the same.
    ///
    /// - Returns: Whether a tier was asked for.
    static func checkSilent(_ fields: inout RequestFields) throws(APIError) -> Bool {
        for name in ["user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "cache_salt"]
        {
            _ = try fields.string(name)
        }
        _ = try fields.bool("store")
        _ = try fields.bool("spaces_between_special_tokens")
        for (key, value) in try fields.object("metadata") ?? [:] where value.stringValue == nil {
            throw RequestFields.wrongType("metadata.\(key)", "a string", value)
        }
        guard let tier = try fields.string("service_tier") else { return false }
        let tiers = ["auto", "default", "flex", "scale", "priority"]
        guard tiers.contains(tier) else {
            throw .invalid(
                "service_tier",
                "service_tier must be one of \(tiers.joined(separator: ", ")), not \(APIError.quoted(tier))")
        }
        return true
    }
}
