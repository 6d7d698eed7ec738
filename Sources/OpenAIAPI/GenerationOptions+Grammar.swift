import Grammars
import JSON
import OrderedCollections

extension GenerationOptions {
    /// Reads what the answer must look like: OpenAI's `response_format`, vLLM's `structured_outputs` and its older
    /// `guided_*`, llama.cpp's `grammar` and `json_schema`.
    ///
    /// The grammar is compiled, so that what cannot be enforced is refused here and by its name.
    /// - Throws: ``APIError`` 400 where more than one is given, or one is wrong or not enforced.
    static func grammar(
        _ fields: inout RequestFields, model: ServedModel, limits: APILimits
    ) throws(APIError) -> GrammarSource? {
        var found: [(parameter: String, source: GrammarSource)] = []
        if let value = fields.take("response_format"), let source = try responseFormat(value) {
            found.append(("response_format", source))
        }
        if let members = try fields.object("structured_outputs") {
            found += try structuredOutputs(members, limits)
        }
        let names = [
            ("guided_json", "json"), ("guided_regex", "regex"), ("guided_choice", "choice"),
            ("guided_grammar", "grammar"), ("json_schema", "json"), ("grammar", "grammar"),
        ]
        for (parameter, kind) in names {
            guard let value = fields.take(parameter), value != "" else { continue }
            found.append((parameter, try source(kind, value, parameter, limits)))
        }
        // What picks the engine behind it in other servers; there is one here.
        _ = fields.take("guided_decoding_backend")
        guard let (parameter, source) = found.first else { return nil }
        guard found.count == 1 else {
            throw .invalid(
                found[1].parameter,
                "only one of response_format, structured_outputs, guided_*, grammar and json_schema may be given, not "
                    + found.map(\.parameter).joined(separator: " and "))
        }
        _ = try model.grammar(for: source, parameter: parameter)
        return source
    }

    private static func responseFormat(_ value: JSONValue) throws(APIError) -> GrammarSource? {
        let name = "response_format"
        guard value.objectValue != nil else { throw RequestFields.wrongType(name, "an object", value) }
        switch value["type"]?.stringValue {
        case "text": return nil
        case "json_object":
            // llama.cpp takes a schema here.
            return try value["schema"].map { schema throws(APIError) in
                try .jsonSchema(checked(schema, "\(name).schema"))
            }
                ?? .jsonObject
        case "json_schema":
            guard let format = value["json_schema"], format.objectValue != nil else {
                throw .invalid(
                    "\(name).json_schema", "\(name) of type json_schema must have an object json_schema")
            }
            guard let schema = format["schema"], !schema.isNull else { return .jsonObject }
            return .jsonSchema(try checked(schema, "\(name).json_schema.schema"))
        default:
            let type = value["type"].map { APIError.quoted($0.serialized()) } ?? "nothing"
            throw .invalid(
                "\(name).type", "\(name).type must be text, json_object or json_schema, not \(type)")
        }
    }

    private static func structuredOutputs(
        _ members: OrderedDictionary<String, JSONValue>, _ limits: APILimits
    ) throws(APIError) -> [(parameter: String, source: GrammarSource)] {
        var found: [(parameter: String, source: GrammarSource)] = []
        for (name, value) in members where !value.isNull {
            let parameter = "structured_outputs.\(name)"
            switch name {
            case "json", "regex", "choice", "grammar":
                found.append((parameter, try source(name, value, parameter, limits)))
            case "json_object":
                guard let isOn = value.boolValue else {
                    throw RequestFields.wrongType(parameter, "a boolean", value)
                }
                if isOn { found.append((parameter, .jsonObject)) }
            // What picks the engine behind it in other servers; there is one here.
            case "backend", "disable_fallback": continue
            case "disable_any_whitespace", "disable_additional_properties":
                guard value == false else {
                    throw .unsupported(parameter, "\(parameter) is not supported here; only false is")
                }
            default:
                throw .unsupported(
                    parameter,
                    "\(parameter) is not supported by this server; json, regex, choice, grammar and "
                        + "json_object are")
            }
        }
        guard !found.isEmpty else {
            throw .invalid(
                "structured_outputs",
                "structured_outputs must have one of json, regex, choice, grammar, json_object")
        }
        return found
    }

    private static func source(
        _ kind: String, _ value: JSONValue, _ parameter: String, _ limits: APILimits
    ) throws(APIError) -> GrammarSource {
        switch kind {
        case "json":
            guard let text = value.stringValue else { return .jsonSchema(try checked(value, parameter)) }
            do {
                let parsed = try JSONValue(
                    parsing: text,
                    limits: JSONLimits(depthMax: limits.jsonDepthMax, valuesMax: limits.jsonValuesMax))
                return .jsonSchema(try checked(parsed, parameter))
            } catch let error as JSONError {
                throw .invalid(parameter, "\(parameter) is not valid JSON: \(error)")
            } catch let error as APIError {
                throw error
            } catch {
                throw .internalError
            }
        case "choice":
            guard let values = value.arrayValue, !values.isEmpty else {
                throw .invalid(parameter, "\(parameter) must be an array of strings, and not empty")
            }
            try RequestFields.check(count: values.count, of: parameter, maxCount: limits.grammarChoicesMax)
            let texts = values.compactMap(\.stringValue)
            guard texts.count == values.count else {
                throw .invalid(parameter, "\(parameter) must have strings only")
            }
            return .choice(texts)
        default:
            guard let text = value.stringValue else {
                throw RequestFields.wrongType(parameter, "a string", value)
            }
            return kind == "regex" ? .regex(text) : .grammar(text)
        }
    }

    private static func checked(_ schema: JSONValue, _ parameter: String) throws(APIError) -> JSONValue {
        guard schema.objectValue != nil || schema.boolValue != nil else {
            throw RequestFields.wrongType(parameter, "a schema", schema)
        }
        return schema
    }
}

extension ServedModel {
    /// The compiled grammar of a source.
    ///
    /// - Throws: ``APIError`` 400 that names the parameter where it is wrong, or cannot be enforced.
    func grammar(for source: GrammarSource, parameter: String) throws(APIError) -> Grammar {
        do {
            return try grammars.grammar(for: source)
        } catch {
            let code = if case .unsupportedSchema = error { "unsupported_schema" } else { "invalid_grammar" }
            throw APIError(status: 400, "\(parameter): \(error)", parameter: parameter, code: code)
        }
    }
}
