// swift-tools-version: 6.1
// The package: C kernels at the bottom, libraries in rows above them, one program on top.
// docs/architecture.md explains the rows; Tests/CLITests/ModuleRowTests.swift enforces them.
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Kernels are optimised in debug builds too, so that `swift test` is usable.
/// `-ffp-contract=off` keeps the scalar references free of compiler-chosen fused operations.
let kernelSettings: [CSetting] = [
    .unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno", "-Wall", "-Wextra", "-Wno-unused-parameter"])
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// A library whose loops over bytes are optimised in debug builds as well, for the same reason.
func optimizedLibrary(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings + [.unsafeFlags(["-O"])])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["XMTestSupport"], swiftSettings: swiftSettings)
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
    name: "xmodel",
    products: [
        .executable(name: "xmodel", targets: ["xmodel"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C targets, below all rows; then row 0.
        .target(name: "CXMKernels", cSettings: kernelSettings),
        .target(name: "CXMOneDNN", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("dnnl")]),
        .target(
            name: "CXMSentencePiece",
            linkerSettings: [.linkedLibrary("sentencepiece"), .linkedLibrary("sentencepiece_train")]),
        .target(name: "CXMSystem"),
        .target(name: "CXMCrypto", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("crypto")]),
        .target(
            name: "CXMCompression", cSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("z"), .linkedLibrary("zstd")]),
        .target(name: "CXMSQLite", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CXMSandbox", cSettings: [.unsafeFlags(["-O2"])]),
        optimizedLibrary("XMSupport", ["CXMCrypto", .product(name: "Yams", package: "Yams"), log]),
        // Row 1
        library("XMTensor", ["CXMKernels", "CXMOneDNN", "XMSupport"]),
        library("XMReport", ["XMSupport"]),
        library("XMTerminal", ["XMSupport"]),
        // Row 2
        library("XMFormats", ["XMTensor", "XMSupport"]),
        optimizedLibrary("XMTokenizer", ["CXMSentencePiece", "XMSupport"]),
        library("XMDistributed", ["XMSupport"]),
        // Row 3
        library("XMModel", ["XMTensor", "XMFormats", "XMSupport"]),
        optimizedLibrary("XMData", ["XMTokenizer", "XMTensor", "CXMCompression", "XMSupport"]),
        // Row 4
        library("XMInference", ["XMModel", "XMTokenizer", "XMTensor", "XMFormats", "XMSupport"]),
        library(
            "XMTrain",
            [
                "XMModel", "XMData", "XMTokenizer", "XMDistributed", "XMTensor", "XMFormats", "XMReport", "XMSupport",
                "CXMSystem", log,
            ]),
        // Row 5
        .target(
            name: "XMEval",
            dependencies: [
                "XMInference", "XMModel", "XMData", "XMTokenizer", "XMReport", "XMSupport", "CXMSQLite",
                "CXMSandbox", "CXMSystem",
            ],
            resources: [.copy("Resources/tasks"), .copy("Resources/datasets")], swiftSettings: swiftSettings),
        optimizedLibrary("XMAgents", ["XMInference", "XMTokenizer", "XMSupport", "CXMSQLite"]),
        // Row 6
        .executableTarget(
            name: "xmodel",
            dependencies: [
                "XMEval", "XMTrain", "XMInference", "XMData", "XMModel", "XMTokenizer", "XMFormats", "XMReport",
                "XMTensor", "XMDistributed", "XMTerminal", "XMSupport", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),
        // Tests
        library(
            "XMTestSupport",
            [
                "XMInference", "XMModel", "XMData", "XMTensor", "XMFormats", "XMTokenizer", "XMSupport", "CXMKernels",
            ]),
        tests("XMSupportTests", ["XMSupport"]),
        tests("XMTensorTests", ["XMTensor", "CXMKernels", "XMSupport"]),
        tests("XMReportTests", ["XMReport", "XMSupport"]),
        tests("XMTerminalTests", ["XMTerminal", "XMSupport"]),
        tests("XMFormatsTests", ["XMFormats", "XMTensor", "XMSupport"]),
        tests("XMDistributedTests", ["XMDistributed", "XMSupport"]),
        tests("XMTokenizerTests", ["XMTokenizer", "CXMSentencePiece", "XMSupport"]),
        tests("XMModelTests", ["XMModel", "XMTensor", "XMFormats", "XMTrain", "XMInference", "XMSupport"]),
        tests("XMDataTests", ["XMData", "XMTokenizer", "XMTensor", "XMSupport"]),
        tests("XMInferenceTests", ["XMInference", "XMModel", "XMTensor", "XMTokenizer", "XMFormats", "XMSupport"]),
        tests(
            "XMTrainTests",
            [
                "XMTrain", "XMInference", "XMModel", "XMData", "XMTokenizer", "XMTensor", "XMFormats", "XMDistributed",
                "XMReport", "XMSupport",
            ]),
        tests(
            "XMEvalTests",
            ["XMEval", "XMInference", "XMModel", "XMData", "XMTokenizer", "XMTensor", "XMReport", "XMSupport"]),
        tests("XMAgentsTests", ["XMAgents", "XMInference", "XMTokenizer", "XMTensor", "XMModel", "XMSupport"]),
        tests(
            "CLITests",
            [
                "xmodel", "XMTrain", "XMData", "XMReport", "XMTerminal", "XMSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
