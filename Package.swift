// swift-tools-version: 6.2
import PackageDescription

// MARK: - Products of other packages

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(name: "OrderedCollections", package: "swift-collections")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let asyncAlgorithms = Target.Dependency.product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP1 = Target.Dependency.product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// MARK: - Targets, innermost layer first; `Tests/TidyTests` keeps the import rules

let libraries: [Target] = [
    // C
    .systemLibrary(name: "CMongo", pkgConfig: "libmongoc-1.0", providers: [.apt(["libmongoc-dev"])]),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CVector", cSettings: [.unsafeFlags(["-O3"])]),

    // Wrappers and formats: no word of the domain
    .target(name: "JSON"),
    .target(name: "BSON", dependencies: ["JSON"]),
    .target(name: "Mongo", dependencies: ["BSON", "CMongo", logging]),
    .target(name: "Transfer", dependencies: ["CCurl"]),
    .target(name: "Telemetry", dependencies: ["JSON", tracing]),

    // The GraphQL engine: no word of HTTP or of the domain
    .target(name: "GraphQL", dependencies: ["JSON", crypto, collections]),

    // Domain
    .target(name: "Knowledge", dependencies: ["JSON"]),

    // Test kit: fakes of the ports, and what fakes and adapters both must do
    .target(name: "KnowledgeTesting", dependencies: ["Knowledge", "JSON"]),

    // Adapters
    .target(name: "MongoStore", dependencies: ["Knowledge", "JSON", "BSON", "Mongo", crypto]),
    .target(name: "ModelClients", dependencies: ["Knowledge", "JSON", "Transfer", "Telemetry", tracing]),
    .target(name: "Conversion", dependencies: ["Knowledge", "CZlib", subprocess, systemPackage]),
    .target(name: "VectorIndex", dependencies: ["Knowledge", "JSON", "CVector"]),

    // Application
    .target(name: "Operations", dependencies: ["Knowledge", "JSON", "Telemetry", tracing, logging, lifecycle]),
    .target(name: "Ingestion", dependencies: ["Knowledge", "JSON", "Operations", crypto]),
    .target(name: "Retrieval", dependencies: ["Knowledge"]),
    .target(name: "Webhooks", dependencies: ["Knowledge", "JSON", "Telemetry", crypto, logging, lifecycle]),
    .target(
        name: "Accounting", dependencies: ["Knowledge", "JSON", "Telemetry", logging, lifecycle], resources: [.embedInCode("Prices")]),
    .target(name: "Connectors", dependencies: ["Knowledge", "JSON"], resources: [.embedInCode("Rules")]),
    .target(
        name: "Generation",
        dependencies: ["Knowledge", "JSON", "Telemetry", "Operations", "Connectors", "Retrieval", tracing, mustache, yams, crypto],
        resources: [.embedInCode("Prompts")]),

    // Delivery
    .target(name: "Console", dependencies: ["CZlib", crypto], resources: [.embedInCode("Page")]),
    .target(
        name: "GraphQLHTTP",
        dependencies: [
            "GraphQL", "JSON", hummingbird, hummingbirdCore, httpTypes, logging, lifecycle, asyncAlgorithms, nio, nioHTTP1, nioWebSocket,
            nioHTTPTypes, nioHTTPTypesHTTP1,
        ], resources: [.embedInCode("Page")]),
    .target(
        name: "API",
        dependencies: [
            "Knowledge", "JSON", "Telemetry", "Ingestion", "Retrieval", "Generation", "Operations", "Connectors", "Accounting",
            "Webhooks", "Console", "GraphQL", "GraphQLHTTP", hummingbird, httpTypes, logging, nio, nioHTTP1, nioHTTPTypes, lifecycle,
            tracing,
        ], resources: [.embedInCode("OpenAPI")]),

    // Composition
    .target(
        name: "Assembly",
        dependencies: [
            "Knowledge", "JSON", "Mongo", "MongoStore", "ModelClients", "Conversion", "VectorIndex", "Transfer", "Telemetry", "Accounting",
            "Webhooks",
            "Ingestion", "Retrieval", "Generation", "Operations", "Connectors", "API", "GraphQLHTTP",
            hummingbird, hummingbirdCore, lifecycle, unixSignals, logging, nio, yams, tracing,
        ]),
]

let executables: [Target] = [
    .executableTarget(name: "postwright", dependencies: ["Assembly", argumentParser, logging]),
    .executableTarget(
        name: "modelsim", dependencies: ["JSON", hummingbird, httpTypes, logging, nio, argumentParser]),
]

let benchmarks: [Target] = [
    .executableTarget(name: "postwright-bench", dependencies: ["Transfer"], path: "Benchmarks/postwright-bench"),
    .executableTarget(
        name: "retrieval-bench", dependencies: ["VectorIndex", "CVector", "Knowledge", "JSON"], path: "Benchmarks/retrieval-bench"),
]

let tests: [Target] = [
    .target(name: "LocalParts", path: "Tests/LocalParts"),
    .testTarget(name: "TidyTests", dependencies: ["LocalParts"]),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "BSONTests", dependencies: ["BSON", "JSON", "LocalParts"]),
    .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "JSON", tracing]),
    .testTarget(name: "GraphQLTests", dependencies: ["GraphQL", "JSON", "LocalParts"], exclude: ["Oracle"]),
    .testTarget(name: "APITests", dependencies: ["API", "Connectors", "JSON", "Knowledge", "Telemetry"]),
    .testTarget(name: "GraphQLHTTPTests", dependencies: ["GraphQLHTTP", "GraphQL", "JSON"]),
    .testTarget(name: "MongoTests", dependencies: ["Mongo", "BSON", "LocalParts", logging]),
    .testTarget(name: "TransferTests", dependencies: ["Transfer", "CCurl", "LocalParts"]),
    .testTarget(name: "ModelSimTests", dependencies: ["modelsim", "JSON"]),
    .testTarget(name: "ModelClientsTests", dependencies: ["ModelClients", "Knowledge", "JSON", "Telemetry", "Transfer", "LocalParts"]),
    .testTarget(name: "VectorIndexTests", dependencies: ["VectorIndex", "CVector", "Knowledge", "JSON"]),
    .testTarget(name: "ConnectorsTests", dependencies: ["Connectors", "Knowledge", "JSON"]),
    .testTarget(name: "IngestionTests", dependencies: ["Ingestion", "Knowledge", "JSON"]),
    .testTarget(
        name: "GenerationTests",
        dependencies: ["Generation", "Retrieval", "Connectors", "VectorIndex", "Knowledge", "JSON", "LocalParts"]),
    .testTarget(
        name: "KnowledgeTests",
        dependencies: [
            "KnowledgeTesting", "Knowledge", "MongoStore", "Mongo", "BSON", "Operations", "Accounting", "Webhooks", "Telemetry", "JSON",
            "LocalParts", logging, lifecycle,
        ]),
    .testTarget(name: "ServiceTests", dependencies: ["Transfer", "JSON", "LocalParts"], exclude: ["Files"]),
]

// MARK: - The fuzzer, which needs libFuzzer: `Scripts/fuzz.py` asks for it

let fuzzing: [Target] =
    Context.environment["POSTWRIGHT_FUZZ"] == nil
    ? []
    : [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "API", "BSON", "Conversion", "GraphQL", "Ingestion", "JSON", "Knowledge", "ModelClients", "Telemetry",
            ],
            path: "Tests/Fuzz/fuzz"),
    ]

// MARK: - One loop of settings over all Swift targets

for target in libraries + executables + benchmarks + tests where target.type != .system && target.name != "CVector" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}

let package = Package(
    name: "postwright",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "postwright", targets: ["postwright"]),
        .executable(name: "modelsim", targets: ["modelsim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.33.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: libraries + executables + benchmarks + tests + fuzzing,
    swiftLanguageModes: [.v6]
)
