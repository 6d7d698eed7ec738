// swift-tools-version: 6.3
import PackageDescription

/// Settings shared by every Swift target.
let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// A room of the house: a target that imports only targets below it.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of a room, in `Tests/<room>Tests`; golden data is found beside the tests' sources.
func tests(of name: String, _ dependencies: [Target.Dependency] = [], golden: Bool = false) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies,
        exclude: golden ? ["Golden"] : [],
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "needletail",
    products: [.executable(name: "needletail", targets: ["needletail"])],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Ground floor: no knowledge of language models.
        room("JSON", [collections]),
        room("Tokens"),
        room("Threads"),
        room("Tensors"),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("m")]),

        // Files, computation.
        room("ModelFiles", ["JSON", "Tensors", "Tokens"]),
        room("Compute", ["Tensors"]),
        room("CPUCompute", ["Compute", "Tensors", "CKernels"]),
        room("Capacity", ["JSON", "ModelFiles", "Tensors"]),
        room("Diagnosis", ["CKernels", "CPUCompute", "JSON"]),
        room("Settings", ["JSON"]),

        // Language.
        room("Tokenizers", ["JSON", "ModelFiles", "Tensors", "Tokens", collections]),
        room("ChatTemplates", ["JSON", collections]),

        // The engine.
        room("Models", ["Compute", "ModelFiles", "Tensors"]),
        room("Evaluation", ["Compute", "Models"]),
        room("Profiling", ["Compute", "Tensors"]),
        room("Sampling", ["Tokens"]),
        room("Grammars", ["JSON", "Tokens", collections]),
        room("Scheduling", ["Tokens", collections]),
        room(
            "Engine",
            [
                "Compute", "Grammars", "ModelFiles", "Models", "Sampling", "Scheduling", "Threads", "Tokens",
                collections, logging,
            ]),
        room(
            "Embedding",
            ["Compute", "ModelFiles", "Models", "Tensors", "Threads", "Tokens", collections, logging]),

        // The outside.
        room("OutputParsing", ["JSON", collections]),
        room("Store", ["JSON", collections, .product(name: "GRDB", package: "GRDB.swift")]),
        room(
            "Benchmarking",
            [
                "JSON", collections,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        room(
            "OpenAIAPI",
            [
                "ChatTemplates", "Embedding", "Engine", "Grammars", "JSON", "ModelFiles", "OutputParsing",
                "Sampling", "Tokenizers", "Tokens",
                collections,
            ]),
        room(
            "Server",
            [
                "Embedding", "Engine", "Grammars", "JSON", "OpenAIAPI", "Store", collections, logging,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "needletail",
            dependencies: [
                "Benchmarking", "CPUCompute", "Capacity", "ChatTemplates", "Compute", "Diagnosis",
                "Embedding",
                "Engine", "Evaluation", "Grammars", "Store",
                "JSON", "ModelFiles", "Models",
                "OpenAIAPI", "OutputParsing", "Profiling", "Sampling", "Server", "Settings", "Tensors",
                "Threads", "Tokenizers", "Tokens",
                collections,
                logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings),

        // Tests mirror the rooms.
        .target(
            name: "TestSupport", dependencies: ["JSON"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        tests(of: "JSON", ["TestSupport", collections]),
        tests(of: "Tensors"),
        tests(of: "ModelFiles", ["JSON", "Tensors", "TestSupport", "Tokens", collections], golden: true),
        tests(of: "CPUCompute", ["CKernels", "Compute", "JSON", "Tensors", "TestSupport"], golden: true),
        tests(of: "Capacity", ["Compute", "JSON", "ModelFiles", "Tensors", "TestSupport"], golden: true),
        tests(of: "Diagnosis", ["JSON"]),
        tests(of: "Settings", ["JSON"]),
        tests(of: "Tokenizers", ["JSON", "ModelFiles", "TestSupport", "Tokens"], golden: true),
        tests(of: "ChatTemplates", ["JSON", "TestSupport", collections], golden: true),
        tests(
            of: "Models",
            ["CPUCompute", "Compute", "JSON", "ModelFiles", "TestSupport", "Tokens", collections],
            golden: true),
        tests(of: "Evaluation", ["Compute", "ModelFiles", "Models"]),
        tests(of: "Profiling", ["Compute", "Tensors"]),
        tests(of: "Sampling", ["TestSupport", "Tokens"]),
        tests(of: "Scheduling", ["TestSupport", "Tokens"]),
        tests(of: "Grammars", ["JSON", "TestSupport", "Tokens", collections], golden: true),
        tests(
            of: "Embedding",
            [
                "CPUCompute", "Compute", "JSON", "ModelFiles", "Models", "TestSupport", "Tokenizers",
                "Tokens",
                logging,
            ]),
        tests(
            of: "OutputParsing",
            ["JSON", "ServingFixtures", "TestSupport", "Tokenizers", "Tokens", collections]),
        tests(of: "Store", ["JSON", collections]),
        tests(
            of: "Engine",
            ["Compute", "Grammars", "ModelFiles", "Models", "Sampling", "Scheduling", "Tokens", logging]),
        .target(
            name: "ServingFixtures",
            dependencies: [
                "ChatTemplates", "Compute", "Embedding", "Engine", "JSON", "ModelFiles", "Models",
                "OpenAIAPI",
                "Tokenizers",
                "Tokens", collections, logging,
            ],
            path: "Tests/ServingFixtures", swiftSettings: swiftSettings),
        tests(
            of: "OpenAIAPI",
            [
                "ChatTemplates", "Embedding", "Engine", "Grammars", "JSON", "ModelFiles", "OutputParsing",
                "Sampling",
                "ServingFixtures", "TestSupport", "Tokenizers", "Tokens", collections,
            ]),
        tests(
            of: "Server",
            [
                "Engine", "JSON", "OpenAIAPI", "Sampling", "ServingFixtures", "Store", "Tokens", collections,
                logging,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        tests(
            of: "Benchmarking",
            [
                "JSON",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(name: "TidyTests", swiftSettings: swiftSettings),
        .testTarget(
            name: "SystemTests", dependencies: ["TestSupport"], exclude: ["Clients"],
            swiftSettings: swiftSettings),
    ]
)
