import Foundation
import TestServers

/// A program that was run to its end, and what it printed.
struct ProgramRun {
    var status: Int32
    var standardOutput: String
    var standardError: String

    init(_ command: String...) throws {
        try self.init(command)
    }

    init(_ command: [String], input: [UInt8] = []) throws {
        let program = try SpawnedProgram(command)
        program.write(input)
        program.closeInput()
        let output = try program.readOutput(seconds: 120) { _ in false }
        standardOutput = String(decoding: output, as: UTF8.self)
        standardError = try program.readErrors()
        status = try program.waitForExit()
    }
}
