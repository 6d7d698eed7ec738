import Glibc
package import Testing

/// A real model that the tests run on, where `Scripts/fetch-model` could fetch it.
package enum FetchedModel: String, CaseIterable, CustomTestStringConvertible {
    case smollm2
    case qwenCoder = "qwen-coder"

    /// Its name for `Scripts/fetch-model`.
    package var name: String { rawValue }

    package var testDescription: String { name }

    /// The file's name, without ".gguf".
    package var stem: String {
        switch self {
        case .smollm2: "SmolLM2-135M-Instruct.Q4_1"
        case .qwenCoder: "qwen2.5-coder-0.5b-instruct-q4_k_m"
        }
    }

    /// Where the file lies or would lie: in $NEEDLETAIL_MODELS, by default `~/.cache/needletail/models`.
    package var path: String {
        let folder =
            Self.variable("NEEDLETAIL_MODELS") ?? (Self.variable("HOME") ?? "") + "/.cache/needletail/models"
        return "\(folder)/\(stem).gguf"
    }

    package var isPresent: Bool { access(path, R_OK) == 0 }

    /// Why a test that needs the model is skipped where it is not there.
    package var absence: Comment { "\(path) is not there; fetch it with: Scripts/fetch-model \(name)" }

    /// The models that are there.
    package static var present: [FetchedModel] { allCases.filter(\.isPresent) }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test, and says why, where the model could not be fetched.
    package static func needs(_ model: FetchedModel) -> Self {
        .enabled(if: model.isPresent, model.absence)
    }
}
