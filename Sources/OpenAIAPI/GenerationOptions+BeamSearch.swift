import JSON

/// Parameters of a beam search.
extension GenerationOptions {
    static func beamSearch(_ fields: inout RequestFields) throws(APIError) -> BeamSearchOptions? {
        let lengthPenalty = try fields.number("length_penalty", -10...10)
        let earlyStopping = try earlyStopping(&fields)
        guard try fields.bool("use_beam_search") ?? false else {
            guard (lengthPenalty ?? 1) == 1 else {
                throw .invalid(
                    "length_penalty", "length_penalty is allowed only where use_beam_search is true")
            }
            guard earlyStopping != .enoughAnswers else {
                throw .invalid(
                    "early_stopping", "early_stopping is allowed only where use_beam_search is true")
            }
            return nil
        }
        return BeamSearchOptions(
            lengthPenalty: Double(lengthPenalty ?? 1), earlyStopping: earlyStopping ?? .impossible)
    }

    private static func earlyStopping(_ fields: inout RequestFields) throws(APIError) -> EarlyStopping? {
        switch fields.take("early_stopping") {
        case nil: return nil
        case .bool(let stops): return stops ? .enoughAnswers : .unlikely
        case "never": return .impossible
        case .some(let value):
            throw .invalid(
                "early_stopping",
                "early_stopping must be true, false or \"never\", not \(APIError.quoted(value.serialized()))")
        }
    }
}
