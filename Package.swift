// swift-tools-version: 6.1
import Foundation
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// The probe is Embedded Swift linked fully static. String comparison needs the Unicode tables that the toolchain
// keeps apart from the compiler's search path, so the toolchain is found from the `swift` that PATH names.
let unicodeTables: String = {
    let path = Context.environment["PATH"] ?? ""
    for folder in path.split(separator: ":") {
        let compiler = URL(fileURLWithPath: "\(folder)/swiftc").resolvingSymlinksInPath()
        let tables = compiler.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("lib/swift/embedded/x86_64-unknown-linux-gnu/libswiftUnicodeDataTables.a")
        if FileManager.default.fileExists(atPath: tables.path) { return tables.path }
    }
    return "libswiftUnicodeDataTables.a"
}()

let embedded: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableExperimentalFeature("Embedded"),
    .unsafeFlags(["-wmo", "-Osize"]),
]

let staticLinking: [LinkerSetting] = [
    .unsafeFlags(["-Xclang-linker", "-static", "-Xlinker", "--gc-sections", "-Xlinker", "-s", unicodeTables]),
    .linkedLibrary("crypto"),
    .linkedLibrary("z"),
    .linkedLibrary("m"),
]

// Embedded Swift has no sanitizers; `scripts/test --sanitize` puts the ordinary build's probes beside the tests.
let isSanitized = Context.environment["METRICSD_SANITIZE"] != nil
let embeddedPrograms: Set = ["metricsd-probe", "probe-rehearsal"]

let package = Package(
    name: "metricsd",
    products: [
        .executable(name: "metricsd", targets: ["metricsd"]),
        .executable(name: "metricsd-probe", targets: ["metricsd-probe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),
        .systemLibrary(name: "CMySQL", pkgConfig: "mysqlclient", providers: [.apt(["default-libmysqlclient-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CNcurses", providers: [.apt(["libncurses-dev"])]),
        .systemLibrary(name: "CLinux"),

        .target(name: "Secrets", swiftSettings: strict),
        .target(name: "Wire", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "LogFollowing", dependencies: ["Wire", "CLinux", "COpenSSL", "CZlib"], swiftSettings: strict),
        .target(name: "Probe", dependencies: ["Wire", "LogFollowing", "CLinux"], swiftSettings: strict),
        .target(name: "AccessLogs", dependencies: ["Wire"], swiftSettings: strict),
        .target(
            name: "LogBatches",
            dependencies: ["CLinux", "COpenSSL", "CZlib", "Wire", "AccessLogs"],
            swiftSettings: strict
        ),
        .target(
            name: "Console",
            dependencies: ["CNcurses", "CZlib", "Wire", "AccessLogs", "LogFollowing"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "metricsd-probe",
            dependencies: ["COpenSSL", "CLinux", "CZlib"],
            swiftSettings: embedded,
            linkerSettings: staticLinking
        ),
        .target(
            name: "SSH",
            dependencies: ["CLibSSH2", "COpenSSL", "Secrets"] + (isSanitized ? ["CThreadSanitizer"] : []),
            swiftSettings: strict
        ),
        .target(name: "Alerts", dependencies: ["Wire"], swiftSettings: strict),
        .target(
            name: "Journal",
            dependencies: ["Wire", "Alerts", "LogBatches", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),
        .target(
            name: "Database",
            dependencies: ["CLinux", "CMySQL", "Wire", "Secrets"],
            // A symbolic link to the file at the top, compiled into the program.
            resources: [.embedInCode("db_model.sql")],
            swiftSettings: strict
        ),
        .target(name: "Mail", dependencies: ["CCurl", "Secrets"], swiftSettings: strict),
        .target(
            name: "Configuration",
            dependencies: [
                "Wire", "Secrets", "Probe", "SSH", "Alerts", "AccessLogs", "LogBatches", "Database", "Mail",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Monitor",
            dependencies: [
                "CLinux", "Wire", "Secrets", "Probe", "SSH", "Alerts", "AccessLogs", "LogBatches", "Journal",
                "Database",
                "Mail", "Configuration",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "metricsd",
            dependencies: [
                "Configuration", "Monitor", "Console", "Wire", "AccessLogs", "LogFollowing",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        .target(name: "TestServers", path: "Tests/TestServers", exclude: ["SMTP", "SFTP"], swiftSettings: strict),
        // The probe's runtime with collectors that hang, crash and fail.
        .executableTarget(
            name: "probe-rehearsal",
            dependencies: ["COpenSSL", "CLinux", "CZlib"],
            path: "Tests/ProbeRehearsal",
            swiftSettings: embedded,
            linkerSettings: staticLinking
        ),
    ]
)

let tests: [(String, [String])] = [
    ("Secrets", ["Secrets", "TestServers"]),
    ("Wire", ["Wire", "TestServers"]),
    ("LogFollowing", ["LogFollowing", "Wire", "TestServers"]),
    ("AccessLogs", ["AccessLogs", "Wire", "TestServers"]),
    ("LogBatches", ["LogBatches", "AccessLogs", "Wire", "TestServers"]),
    ("Console", ["Console", "AccessLogs", "Wire", "TestServers"]),
    ("Probe", ["Probe", "LogFollowing", "Wire", "CLinux", "TestServers"]),
    ("SSH", ["SSH", "Secrets", "TestServers"]),
    ("Alerts", ["Alerts", "Wire", "TestServers"]),
    ("Journal", ["Journal", "Alerts", "LogBatches", "Wire", "TestServers"]),
    ("Database", ["Database", "Wire", "Secrets", "TestServers"]),
    ("Mail", ["Mail", "Secrets", "TestServers"]),
    (
        "Configuration",
        [
            "Configuration", "SSH", "Alerts", "AccessLogs", "LogBatches", "Database", "Mail", "Probe", "Wire",
            "Secrets",
            "TestServers",
        ]
    ),
    (
        "Monitor",
        [
            "Monitor", "Configuration", "SSH", "Alerts", "AccessLogs", "LogBatches", "LogFollowing", "Journal",
            "Database",
            "Mail", "Probe", "Wire", "Secrets", "TestServers",
        ]
    ),
    // It runs the executable, which is built for it; stored lines are laid out for it to read.
    ("CommandLine", ["metricsd", "Journal", "LogBatches", "Wire", "TestServers"]),
]

// Fixtures are read where they lie (`#filePath`), not copied into a bundle.
let testsWithFixtures: Set = ["AccessLogs", "Configuration", "Database", "Journal", "Monitor", "Probe"]
// The saved inputs of fuzz tests, likewise.
let testsWithCorpus: Set = [
    "AccessLogs", "Configuration", "LogBatches", "LogFollowing", "Monitor", "SSH", "Wire",
]

for (name, dependencies) in tests {
    package.targets.append(
        .testTarget(
            name: "\(name)Tests",
            dependencies: dependencies.map { .target(name: $0) },
            exclude: (testsWithFixtures.contains(name) ? ["Fixtures"] : [])
                + (testsWithCorpus.contains(name) ? ["Corpus"] : []),
            swiftSettings: strict
        )
    )
}

if isSanitized {
    package.targets.append(.target(name: "CThreadSanitizer"))
    package.targets.removeAll { embeddedPrograms.contains($0.name) }
    package.products.removeAll { embeddedPrograms.contains($0.name) }
}
