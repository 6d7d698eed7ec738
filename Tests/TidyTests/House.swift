/// A room of the house and what it may import besides the modules of the system.
struct Room {
    let name: String
    /// Rooms below this one.
    let rooms: Set<String>
    /// Modules of other packages.
    let packages: Set<String>
    /// Rooms and modules that only the room's tests import.
    let testsOnly: Set<String>

    init(
        _ name: String, rooms: Set<String> = [], packages: Set<String> = [], testsOnly: Set<String> = []
    ) {
        self.name = name
        self.rooms = rooms
        self.packages = packages
        self.testsOnly = testsOnly
    }
}

/// The house, from the ground up: a room stands on rooms that are listed before it.
///
/// The list says the same as `Package.swift`, which cannot forbid an import by itself: a module that some other
/// target depends on is in sight of all of them.
let house: [Room] = [
    // Ground floor.
    Room("JSON", packages: ["OrderedCollections"], testsOnly: ["TestSupport"]),
    Room("Tokens"),
    Room("Threads"),
    Room("Tensors"),
    Room("CKernels"),

    // Files, computation.
    Room(
        "ModelFiles", rooms: ["JSON", "Tensors", "Tokens"], testsOnly: ["OrderedCollections", "TestSupport"]),
    Room("Compute", rooms: ["Tensors"]),
    Room("CPUCompute", rooms: ["CKernels", "Compute", "Tensors"], testsOnly: ["JSON", "TestSupport"]),
    Room(
        "Capacity", rooms: ["JSON", "ModelFiles", "Tensors"], testsOnly: ["Compute", "TestSupport", "Tokens"]),
    Room("Diagnosis", rooms: ["CKernels", "CPUCompute", "JSON"]),
    Room("Settings", rooms: ["JSON"]),

    // Language.
    Room(
        "Tokenizers", rooms: ["JSON", "ModelFiles", "Tensors", "Tokens"],
        packages: ["Collections", "OrderedCollections"], testsOnly: ["TestSupport"]),
    Room(
        "ChatTemplates", rooms: ["JSON"], packages: ["Collections", "OrderedCollections"],
        testsOnly: ["TestSupport"]),

    // The engine.
    Room(
        "Models", rooms: ["Compute", "ModelFiles", "Tensors"],
        testsOnly: ["CPUCompute", "JSON", "OrderedCollections", "TestSupport", "Tokens"]),
    Room("Profiling", rooms: ["Compute", "Tensors"]),
    Room("Evaluation", rooms: ["Compute", "Models"], testsOnly: ["ModelFiles"]),
    Room("Sampling", rooms: ["Tokens"], testsOnly: ["TestSupport"]),
    Room(
        "Grammars", rooms: ["JSON", "Tokens"], packages: ["OrderedCollections"], testsOnly: ["TestSupport"]),
    Room(
        "Scheduling", rooms: ["Tokens"], packages: ["Collections", "DequeModule", "OrderedCollections"],
        testsOnly: ["TestSupport"]),
    Room(
        "Engine",
        rooms: [
            "Compute", "Grammars", "ModelFiles", "Models", "Sampling", "Scheduling", "Threads", "Tokens",
        ],
        packages: ["Collections", "DequeModule", "Logging", "OrderedCollections"],
        testsOnly: ["CPUCompute", "Tensors"]),
    Room(
        "Embedding", rooms: ["Compute", "ModelFiles", "Models", "Tensors", "Threads", "Tokens"],
        packages: ["Collections", "DequeModule", "Logging", "OrderedCollections"],
        testsOnly: ["CPUCompute", "JSON", "TestSupport", "Tokenizers"]),

    // The outside.
    Room(
        "Benchmarking", rooms: ["JSON"],
        packages: ["NIOCore", "NIOHTTP1", "NIOPosix", "OrderedCollections"]),
    Room(
        "OutputParsing", rooms: ["JSON"], packages: ["OrderedCollections"],
        testsOnly: ["ServingFixtures", "TestSupport", "Tokenizers", "Tokens"]),
    Room("Store", rooms: ["JSON"], packages: ["GRDB", "OrderedCollections"]),
    Room(
        "OpenAIAPI",
        rooms: [
            "ChatTemplates", "Embedding", "Engine", "Grammars", "JSON", "ModelFiles", "OutputParsing",
            "Sampling", "Tokenizers", "Tokens",
        ],
        packages: ["OrderedCollections"],
        testsOnly: ["Logging", "ServingFixtures", "TestSupport"]),
    Room(
        "Server",
        rooms: ["Embedding", "Engine", "Grammars", "JSON", "OpenAIAPI", "Store"],
        packages: [
            "Crypto", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging", "NIOCore",
            "NIOHTTPTypes", "NIOSSL", "OrderedCollections", "ServiceLifecycle",
        ],
        testsOnly: [
            "CPUCompute", "ChatTemplates", "ModelFiles", "Models", "NIOHTTP1",
            "NIOPosix",
            "Sampling", "ServingFixtures", "Tokenizers", "Tokens",
        ]),
    Room(
        "needletail",
        rooms: [
            "Benchmarking", "CPUCompute", "Capacity", "ChatTemplates", "Compute", "Diagnosis", "Embedding",
            "Engine", "Evaluation", "Grammars", "JSON",
            "ModelFiles", "Models", "OpenAIAPI", "OutputParsing", "Profiling", "Sampling", "Server",
            "Settings",
            "Store", "Tensors", "Threads", "Tokenizers", "Tokens",
        ],
        packages: ["ArgumentParser", "Logging", "OrderedCollections", "ServiceLifecycle", "UnixSignals"]),
]

/// What several test targets share, beside them in `Tests`.
let fixtures: [Room] = [
    Room("TestSupport", rooms: ["JSON"], packages: ["Testing"]),
    Room(
        "ServingFixtures",
        rooms: [
            "ChatTemplates", "Compute", "Embedding", "Engine", "JSON", "ModelFiles", "Models", "OpenAIAPI",
            "Sampling",
            "Tokenizers", "Tokens",
        ],
        packages: ["Logging", "OrderedCollections"]),
]

/// Modules of the system that any room may import.
let systemModules: Set<String> = ["Glibc", "Musl", "Swift", "Synchronization"]

/// Modules of the system that a room needs a reason for, by room: Foundation makes a static binary 44 MB larger and
/// its conveniences slow, and Dispatch brings threads that the engine does not own.
let systemModulesByRoom: [String: Set<String>] = [
    "needletail": ["Dispatch"],  // The signal source behind Ctrl-C in `chat`.
    "Store": ["Foundation"],  // GRDB, which needs it anyway, hands blobs over as its Data.
]

/// Modules of the system that any test may import.
let testModules: Set<String> = ["Dispatch", "Foundation", "Testing"]

/// Test targets that test no one room, the rules themselves and the finished binary, and the fixtures they import.
let testTargetsWithoutRoom: [String: Set<String>] = ["SystemTests": ["TestSupport"], "TidyTests": []]

/// Rooms that have no test target, and why.
let roomsTestedThroughOthers: [String: String] = [
    "CKernels": "CPUComputeTests compare every kernel with its scalar reference",
    "Compute": "a contract; CPUComputeTests test its implementation",
    "Threads": "EngineTests and EmbeddingTests run on one, ServeTests load on one",
    "Tokens": "a wrapped number",
    "needletail": "SystemTests run the binary",
]
