import Foundation
import TestServers
import Testing

/// The built programs that the tests start.
enum ProbeExecutable: String, CaseIterable, CustomTestStringConvertible {
    /// The product of this build.
    case native = "x86-64"
    /// Built by `scripts/build-probes` and run under `qemu-aarch64-static`.
    case arm64
    /// The same runtime with collectors that misbehave.
    case rehearsal

    static let probes: [ProbeExecutable] = [.native, .arm64]

    var testDescription: String { rawValue }

    /// The program and the arguments in front of its own.
    func command() throws -> [String] {
        switch self {
        case .native: [try Self.built("metricsd-probe")]
        case .rehearsal: [try Self.built("probe-rehearsal")]
        case .arm64: try Self.arm64Command.get()
        }
    }

    private static func built(_ name: String) throws -> String {
        // The test bundle lies beside the products.
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramFailure(description: "\(path) is not built; swift build --build-tests")
        }
        return path
    }

    private static let arm64Command = Result {
        guard let emulator = TestProcess.locate("qemu-aarch64-static") else {
            throw ProgramFailure(description: "qemu-aarch64-static is missing; apt-get install qemu-user-static")
        }
        let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardizedFileURL.path
        let build = try ProgramRun("\(checkout)/scripts/build-probes", "--architecture", "aarch64")
        guard build.status == 0 else { throw ProgramFailure(description: build.standardError) }
        return [emulator, "\(checkout)/.build/probes/metricsd-probe-aarch64"]
    }
}
