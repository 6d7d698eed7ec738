import Engine
import HTTPTypes
import Hummingbird
import JSON
import OpenAIAPI

extension APIResponder {
    /// Whether every engine works and the server is not on its way out.
    var isHealthy: Bool { !gate.isClosed && catalog.isHealthy }

    /// `/ready`: whether to send requests here; until the models are loaded, ``FrontDoor`` answers.
    var readiness: Response {
        let (status, reason): (JSONValue, String?) =
            gate.isClosed
            ? ("draining", "The server is shutting down")
            : isHealthy ? ("ready", nil) : ("failed", "An engine failed")
        var response = Response.json(
            ["status": status, "message": reason.map(JSONValue.string) ?? nil],
            status: reason == nil ? .ok : .serviceUnavailable)
        if gate.isClosed { response.headers[.retryAfter] = "5" }
        return response
    }

    /// `/server_info`: version, models, limits, and what the command adds.
    var serverInfo: JSONValue {
        let limits = configuration.limits
        let models = catalog.models.map { model -> JSONValue in
            let statistics = model.engine.statistics()
            return [
                "id": .string(model.id), "names": .array(model.names.map(JSONValue.string)),
                "max_model_len": .int(model.contextLength), "created": .int(model.created),
                "kv_blocks": .int(statistics.blockCount), "kv_blocks_free": .int(statistics.freeBlockCount),
            ]
        }
        return [
            "version": .string(configuration.version),
            "models": .array(models),
            "limits": [
                "body_bytes_max": .int(limits.bodyBytesMax), "header_bytes_max": .int(limits.headerBytesMax),
                "requests_max": .int(limits.requestsMax), "idle_seconds_max": .int(limits.idleSecondsMax),
                "body_seconds_max": .int(limits.bodySecondsMax),
                "shutdown_seconds_max": .int(limits.shutdownSecondsMax),
            ],
            "configuration": configuration.information,
        ]
    }
}
