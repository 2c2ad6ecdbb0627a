// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

// Generated code isn't ours to keep free of warnings.
let generated: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioFoundation: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let grpcCore: Target.Dependency = .product(name: "GRPCCore", package: "grpc-swift-2")
let grpcTransport: Target.Dependency = .product(
  name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
let grpcProtobuf: Target.Dependency = .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf")
let swiftProtobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "swiftlet",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "swiftlet", targets: ["swiftlet"]),
    .library(name: "KubernetesClient", targets: ["KubernetesClient"]),
    .library(name: "KubernetesRuntime", targets: ["KubernetesRuntime"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .target(
      name: "KubernetesClient",
      dependencies: [asyncHTTPClient, logging, nioCore, nioHTTP1, nioFoundation, nioSSL, yams],
      swiftSettings: strict),
    .target(
      name: "KubernetesRuntime",
      dependencies: ["KubernetesClient", collections, lifecycle, logging, metrics],
      swiftSettings: strict),
    .target(name: "OCI", dependencies: [], swiftSettings: strict),
    .target(
      name: "ContainerRuntimeProtocol",
      dependencies: [grpcCore, grpcProtobuf, swiftProtobuf],
      exclude: ["proto"],
      swiftSettings: generated),
    .target(
      name: "ContainerRuntime",
      dependencies: [
        "ContainerRuntimeProtocol", "OCI", grpcCore, grpcTransport, grpcProtobuf, swiftProtobuf, logging,
      ],
      swiftSettings: strict),
    .target(name: "SwiftletAPI", dependencies: ["KubernetesClient", "OCI"], swiftSettings: strict),
    .target(name: "Planning", dependencies: ["OCI", collections], swiftSettings: strict),
    .target(
      name: "Observability",
      dependencies: [hummingbird, logging, metrics, lifecycle, nioCore],
      swiftSettings: strict),
    .target(
      name: "Certificates",
      dependencies: ["KubernetesClient", asn1, certificates, crypto, nioSSL],
      swiftSettings: strict),
    .target(
      name: "Execution",
      dependencies: ["ContainerRuntime", "KubernetesClient", "KubernetesRuntime", "OCI", "SwiftletAPI"],
      swiftSettings: strict),
    .target(
      name: "Agent",
      dependencies: [
        "ContainerRuntime", "Execution", "KubernetesRuntime", "Observability", "SwiftletAPI", asyncHTTPClient,
        lifecycle, logging,
        metrics, nioCore, nioFoundation, nioHTTP1, nioSSL, yams,
      ],
      swiftSettings: strict),
    .target(
      name: "Operator",
      dependencies: [
        "Certificates", "Execution", "KubernetesClient", "KubernetesRuntime", "OCI", "Observability", "Planning",
        "SwiftletAPI",
        collections, hummingbird, hummingbirdTLS, lifecycle, logging, metrics, nioCore, nioSSL,
      ],
      swiftSettings: strict),
    .target(
      name: "Webhook",
      dependencies: [
        "Certificates", "KubernetesClient", "KubernetesRuntime", "Observability", "SwiftletAPI", hummingbird,
        hummingbirdTLS, lifecycle, logging, metrics, nioCore, nioFoundation, nioSSL,
      ],
      swiftSettings: strict),
    .target(
      name: "Commands",
      dependencies: [
        "Agent", "ContainerRuntime", "Execution", "KubernetesClient", "KubernetesRuntime", "OCI", "Observability",
        "Operator", "Planning", "SwiftletAPI", "Webhook", arguments, lifecycle, logging, metrics, signals, yams,
      ],
      swiftSettings: strict),
    .executableTarget(name: "swiftlet", dependencies: ["Commands", arguments], swiftSettings: strict),
    .executableTarget(
      name: "runtime-probe", dependencies: ["ContainerRuntime", "OCI", arguments], path: "Benchmarks/RuntimeProbe",
      swiftSettings: strict),
    .executableTarget(
      name: "label-keeper", dependencies: ["KubernetesClient", "KubernetesRuntime", lifecycle, logging, signals],
      path: "Examples/LabelKeeper", swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: ["KubernetesClient", yams, logging, nioCore, nioPosix, nioHTTP1, nioHTTP2, nioSSL],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "Simulation", dependencies: ["ContainerRuntime", "OCI", "TestSupport"], path: "Tests/Simulation",
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesClientTests",
      dependencies: ["KubernetesClient", "TestSupport", logging, nioCore, nioPosix, nioHTTP1, nioSSL],
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesRuntimeTests", dependencies: ["KubernetesRuntime", "TestSupport", lifecycle, logging],
      swiftSettings: strict),
    .testTarget(name: "OCITests", dependencies: ["OCI", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ContainerRuntimeTests",
      dependencies: [
        "ContainerRuntime", "ContainerRuntimeProtocol", "OCI", "Simulation", "TestSupport", grpcCore, grpcTransport,
        grpcProtobuf, swiftProtobuf,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SwiftletAPITests", dependencies: ["SwiftletAPI", "TestSupport", yams], swiftSettings: strict),
    .testTarget(name: "PlanningTests", dependencies: ["Planning", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ObservabilityTests",
      dependencies: [
        "Observability", "TestSupport", asyncHTTPClient, lifecycle, logging, metrics, nioCore, nioHTTP1,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "Agent", "ContainerRuntime", "KubernetesClient", "OCI", "SwiftletAPI", "TestSupport", lifecycle, logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ExecutionTests", dependencies: ["Execution", "KubernetesClient", "SwiftletAPI", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AgentTests", dependencies: ["Agent", "Execution", "Simulation", "TestSupport", lifecycle, logging],
      swiftSettings: strict),
    .testTarget(
      name: "OperatorTests",
      dependencies: [
        "Agent", "Execution", "KubernetesClient", "KubernetesRuntime", "OCI", "Operator", "Planning", "SwiftletAPI",
        "TestSupport", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CertificatesTests",
      dependencies: ["Certificates", "KubernetesClient"],
      swiftSettings: strict),
    .testTarget(
      name: "WebhookTests",
      dependencies: [
        "Certificates", "KubernetesClient", "SwiftletAPI", "TestSupport", "Webhook", asyncHTTPClient, lifecycle,
        logging, nioCore, nioHTTP1, nioSSL,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Agent", "Commands", "ContainerRuntime", "Execution", "KubernetesClient", "KubernetesRuntime", "OCI",
        "Observability",
        "Operator",
        "Simulation", "SwiftletAPI", "TestSupport", "Webhook", arguments, lifecycle, logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ClusterTests",
      dependencies: ["Execution", "KubernetesClient", "SwiftletAPI", "TestSupport", logging],
      swiftSettings: strict),
  ]
)
