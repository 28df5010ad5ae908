import Foundation
import TestServers
import Testing

/// `scripts/build-probes`, which makes what travels to the hosts.
struct BuildProbesTests {
    private let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../scripts/build-probes").standardizedFileURL.path

    @Test func theArm64ProbeIsSmallAndStatic() throws {
        let path = try #require(try ProbeExecutable.arm64.command().last)
        let file = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(file.count <= 3 << 19)
        // ELF, 64 bits, machine 183 (`man 5 elf`).
        #expect(file.prefix(5) == Data([0x7f, 0x45, 0x4c, 0x46, 2]))
        #expect(file[18] == 183)
        // A program that needs the host's libraries names their loader.
        #expect(file.range(of: Data("/lib/ld-linux-aarch64.so.1".utf8)) == nil)
        #expect(file.range(of: Data(".swift_ast".utf8)) == nil)
    }

    @Test func whatIsCurrentIsNotBuiltAgain() throws {
        let path = try #require(try ProbeExecutable.arm64.command().last)
        let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
        let run = try ProgramRun(script, "--architecture", "aarch64")
        #expect(run.status == 0)
        #expect(run.standardOutput.split(separator: "\n").count == 1)
        #expect(run.standardOutput.hasPrefix("\(path) "))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int == before)
    }

    @Test func aMissingCompilerIsNamedWithItsPackage() throws {
        // A machine that has everything but the cross compiler.
        let folder = try TestFolder("path")
        for program in ["bash", "dirname", "readlink", "strip", "swiftc"] {
            let place = try #require(TestProcess.locate(program))
            try FileManager.default.createSymbolicLink(
                atPath: folder.file(program),
                withDestinationPath: URL(fileURLWithPath: place).resolvingSymlinksInPath().path
            )
        }
        let environment = try #require(TestProcess.locate("env"))
        let run = try ProgramRun(environment, "PATH=\(folder.path)", script, "--architecture", "aarch64")
        #expect(run.status == 69)
        #expect(run.standardError.contains("apt-get install"))
        #expect(run.standardError.contains("gcc-aarch64-linux-gnu"))
    }

    @Test func aUsageErrorExitsWith64() throws {
        #expect(try ProgramRun(script, "--fast").status == 64)
        #expect(try ProgramRun(script, "--architecture", "mips").status == 64)
    }
}
