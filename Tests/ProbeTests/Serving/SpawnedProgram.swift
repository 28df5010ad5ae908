import CLinux
import Foundation

/// What keeps a test from going on.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}

/// A child whose standard input, output and error are the test's; killed and reaped with the value.
///
/// No other child of the test runner inherits the descriptors, so that closing one means its end.
final class SpawnedProgram {
    /// What stands between the test and the child: dropbear takes pipes, OpenSSH socket pairs.
    enum Transport: CaseIterable {
        case pipes
        case sockets
    }

    let processIdentifier: pid_t
    private var input: Int32
    private var output: Int32
    private let errors: Int32
    private var status: Int32?

    init(_ command: [String], transport: Transport = .pipes) throws {
        let (childInput, input) = try Self.connect(transport)
        let (output, childOutput) = try Self.connect(transport)
        let (errors, childErrors) = try Self.connect(.pipes)
        (self.input, self.output, self.errors) = (input, output, errors)
        defer { for descriptor in [childInput, childOutput, childErrors] { close(descriptor) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, childInput, 0)
        posix_spawn_file_actions_adddup2(&actions, childOutput, 1)
        posix_spawn_file_actions_adddup2(&actions, childErrors, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, command[0], &actions, nil, &arguments, environ)
        processIdentifier = child
        guard code == 0 else {
            throw ProgramFailure(description: "\(command[0]): \(String(cString: strerror(code)))")
        }
    }

    deinit {
        if processIdentifier > 0, status == nil {
            kill(processIdentifier, SIGKILL)
            var ignored: Int32 = 0
            waitpid(processIdentifier, &ignored, 0)
        }
        for descriptor in [input, output, errors] where descriptor >= 0 { close(descriptor) }
    }

    /// Blocks until the child has taken it all; a child that is gone takes nothing.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(input, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    func closeInput() {
        close(input)
        input = -1
    }

    func closeOutput() {
        close(output)
        output = -1
    }

    /// Reads until `isEnough` says so of what one read brought, or the output ends.
    func readOutput(seconds: Double = 10, until isEnough: ([UInt8]) throws -> Bool) throws -> [UInt8] {
        try read(output, seconds, until: isEnough)
    }

    /// What it wrote to standard error, which ends with the child.
    func readErrors(seconds: Double = 10) throws -> String {
        String(decoding: try read(errors, seconds) { _ in false }, as: UTF8.self)
    }

    /// The exit status, or minus the signal that ended it. Waits for the end of its standard error first.
    func waitForExit(seconds: Double = 10) throws -> Int32 {
        _ = try readErrors(seconds: seconds)
        var code: Int32 = 0
        guard waitpid(processIdentifier, &code, 0) == processIdentifier else {
            throw ProgramFailure(description: "waitpid failed")
        }
        // `man 2 waitpid`: the macros are not imported into Swift.
        let ending = code & 0x7f == 0 ? (code >> 8) & 0xff : -(code & 0x7f)
        status = ending
        return ending
    }

    private func read(
        _ descriptor: Int32,
        _ seconds: Double,
        until isEnough: ([UInt8]) throws -> Bool
    ) throws -> [UInt8] {
        let end = ContinuousClock.now + .seconds(seconds)
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&entry, 1, Int32(left) + 1) > 0 else {
                throw ProgramFailure(description: "the program said nothing for \(seconds) s")
            }
            let count = buffer.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { return all }
            all += buffer[..<count]
            if try isEnough(Array(buffer[..<count])) { return all }
        }
    }

    private static func connect(_ transport: Transport) throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        switch transport {
        case .pipes:
            let code = probe_pipe(&ends)
            guard code == 0 else { throw POSIXError(.init(rawValue: -code) ?? .EIO) }
        case .sockets:
            // SOCK_STREAM | SOCK_CLOEXEC (`man 2 socket`); the enumeration is not imported as numbers.
            guard socketpair(AF_UNIX, 1 | O_CLOEXEC, 0, &ends) == 0 else {
                throw POSIXError(.init(rawValue: errno) ?? .EIO)
            }
        }
        return (ends[0], ends[1])
    }
}
