// swift-tools-version: 6.1
import PackageDescription

// Targets stand in dependency order: each imports only what is above it.
// Tests see `package` declarations, so one release build serves both the program and its tests.

let package = Package(
  name: "weft",
  products: [.executable(name: "weft", targets: ["weft"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // C: the only places that include a C header from outside the package.
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(name: "CAllocations"),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(
      name: "CDataSets",
      exclude: [
        "LICENSES.md", "embed.py", "web-bible.gz", "make_glyphs.py", "glyphs.gz",
        "make_mnist.py", "mnist-5k.gz", "make_meshes.py", "meshes.gz",
        "chick-weights.csv", "lung.csv", "architectures-cnn.csv",
        "architectures-mlp.csv",
      ]),
    .target(
      name: "CTerminal",
      linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),

    // Swift.
    .target(name: "Autodiff", dependencies: ["CKernels"]),
    .target(
      name: "Learning",
      dependencies: [
        "Autodiff", "CDataSets", "CZlib", "CPNG", .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "Workloads", dependencies: ["Learning", "CKernels", "CAllocations"]),
    .target(name: "Training", dependencies: ["Learning", "CZlib"]),
    .target(name: "Terminal"),
    .target(name: "CursesTerminal", dependencies: ["Terminal", "CTerminal"]),
    .target(
      name: "Workbench",
      dependencies: ["Training", "Terminal", .product(name: "Yams", package: "Yams")]),
    // What is said to the program that speaks gRPC, a package of its own: building the workbench does not
    // pay for it.
    .target(name: "PartyFrames", path: "Sources/Parties/Sources/PartyFrames"),
    .executableTarget(
      name: "weft",
      dependencies: [
        "Workbench", "CursesTerminal", "Workloads", "PartyFrames",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(
      name: "AutodiffTests", dependencies: ["Autodiff", "CKernels", "CAllocations"],
      exclude: ["Fixtures"]),
    .testTarget(name: "WorkloadsTests", dependencies: ["Workloads", "CAllocations"]),
    // Networks in plain arithmetic, to test graphs against.
    .target(
      name: "LearningTesting", dependencies: ["Learning"], path: "Tests/LearningTesting"),
    .testTarget(
      name: "LearningTests", dependencies: ["Learning", "LearningTesting", "CPNG", "CZlib"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "LearningTesting", "CAllocations"]),
    .testTarget(
      name: "TerminalTests",
      dependencies: ["Terminal", "CursesTerminal", "TerminalTesting", "TerminalDemo"]),
    // Drives a program in a real terminal.
    .target(name: "TerminalTesting", path: "Tests/TerminalTesting"),
    // A small program to be driven so.
    .executableTarget(
      name: "TerminalDemo", dependencies: ["Terminal", "CursesTerminal"], path: "Tests/TerminalDemo"
    ),
    .testTarget(name: "WorkbenchTests", dependencies: ["Workbench"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["weft", "Workbench", "Training", "Learning"],
      exclude: ["forward.py"]),
  ],
  swiftLanguageModes: [.v6]
)
