import Glibc
package import Testing

/// A real encoder's folder that the tests run on, where `Scripts/fetch-model` could fetch it.
package enum FetchedEncoder: String, CaseIterable, CustomTestStringConvertible {
    case minilm

    package var testDescription: String { rawValue }

    /// Where the folder lies or would lie: in $NEEDLETAIL_MODELS, by default `~/.cache/needletail/models`.
    package var path: String {
        let folder =
            Self.variable("NEEDLETAIL_MODELS") ?? (Self.variable("HOME") ?? "") + "/.cache/needletail/models"
        return "\(folder)/all-MiniLM-L6-v2"
    }

    package var isPresent: Bool { access("\(path)/model.safetensors", R_OK) == 0 }

    /// Why a test that needs the model is skipped where it is not there.
    package var absence: Comment { "\(path) is not there; fetch it with: Scripts/fetch-model \(rawValue)" }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says why, where the encoder could not be fetched.
    package static func needs(_ model: FetchedEncoder) -> Self {
        .enabled(if: model.isPresent, model.absence)
    }
}
