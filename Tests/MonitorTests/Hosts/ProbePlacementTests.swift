import Foundation
import TestServers
import Testing

@testable import Monitor

/// The placement script, run by the shells that hosts have.
struct ProbePlacementTests {
    private let probe = ProbeFile(architecture: "x86_64", bytes: Array("#!/bin/sh\n".utf8))

    private func answer(
        shell: String,
        home: String,
        remoteDirectory: String? = nil,
        runtimeDirectory: String? = nil
    ) throws -> ProbePlacement? {
        let script = ProbePlacement.script(probes: [probe], remoteDirectory: remoteDirectory)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: shell)
        process.arguments = ["-s"]
        process.environment = ["HOME": home, "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": runtimeDirectory ?? ""]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data("Welcome to nowhere\n".utf8.map { _ in UInt8(ascii: "\n") }))
        input.fileHandleForWriting.write(Data(script))
        try input.fileHandleForWriting.close()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return ProbePlacement(answer: Array("Last login: today\n".utf8) + bytes)
    }

    @Test(arguments: ["/bin/dash", "/bin/bash"])
    func prefersTheRuntimeDirectoryThenTheCache(shell: String) throws {
        let folder = try TestFolder("placement")
        let runtime = "\(folder.path)/run"
        try FileManager.default.createDirectory(atPath: runtime, withIntermediateDirectories: false)
        let placement = try #require(try answer(shell: shell, home: folder.path, runtimeDirectory: runtime))
        #expect(placement.system == "Linux")
        #expect(placement.machine == "x86_64" || placement.machine == "aarch64")
        #expect(
            placement.directories.prefix(2).map(\.path) == ["\(runtime)/metricsd", "\(folder.path)/.cache/metricsd"]
        )
        let mode = try FileManager.default.attributesOfItem(atPath: "\(runtime)/metricsd")[.posixPermissions] as? Int
        #expect(mode == 0o700)
    }

    @Test func aProbeThatLiesThereWholeIsFoundAndACutOneIsNot() throws {
        let folder = try TestFolder("placement")
        let directory = try #require(try answer(shell: "/bin/sh", home: folder.path)).directories[0].path
        try folder.file(".cache/metricsd/\(probe.name)", "#!/bin/sh\n", mode: 0o700)
        #expect(
            try #require(try answer(shell: "/bin/sh", home: folder.path)).directories[0]
                == .init(path: directory, probes: [probe.name])
        )
        try folder.file(".cache/metricsd/\(probe.name)", "#!/bin/", mode: 0o700)
        #expect(try #require(try answer(shell: "/bin/sh", home: folder.path)).directories[0].probes == [])
    }

    @Test func aDirectoryThatOthersMayEnterIsRefused() throws {
        let folder = try TestFolder("placement")
        let link = "\(folder.path)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        let placement = try #require(try answer(shell: "/bin/sh", home: folder.path, remoteDirectory: link))
        #expect(placement.directories.isEmpty)
        #expect(placement.rejections.count == 1)
    }

    @Test func theConfiguredDirectoryIsTheOnlyOneAndMayHoldAnyCharacter() throws {
        let folder = try TestFolder("placement")
        let odd = "\(folder.path)/it's \"$HOME\" `id`"
        let placement = try #require(try answer(shell: "/bin/sh", home: folder.path, remoteDirectory: odd))
        #expect(placement.directories.map(\.path) == [odd])
        let home = try #require(try answer(shell: "/bin/sh", home: folder.path, remoteDirectory: "~/probe"))
        #expect(home.directories.map(\.path) == ["\(folder.path)/probe"])
    }

    @Test func anAnswerThatIsCutIsNoAnswer() {
        #expect(ProbePlacement(answer: Array("@metricsd system Linux x86_64\n@metricsd directory /x\n".utf8)) == nil)
        #expect(ProbePlacement(answer: Array("This account is not available.\n".utf8)) == nil)
    }
}
