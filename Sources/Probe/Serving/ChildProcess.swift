import CLinux

/// A child with a pipe to read what it says. The pipe is closed with the value; the child is reaped by its owner.
final class ChildProcess {
    enum Ending {
        case exited(Int32)
        case signaled(Int32)
    }

    let processIdentifier: Int32
    /// Closed, and -1, once everything was read.
    private(set) var pipe: Int32

    private init(processIdentifier: Int32, pipe: Int32) {
        self.processIdentifier = processIdentifier
        self.pipe = pipe
    }

    deinit { closePipe() }

    /// Runs `/bin/sh -c` in a session of its own, with standard input from `/dev/null`.
    ///
    /// - Parameter failure: the writing end of a pipe that takes the `errno` of an exec that fails.
    static func shell(_ command: String, failure: Int32) throws(ErrorNumber) -> ChildProcess {
        try start { output in command.withCString { probe_start_shell($0, output, failure) } }
    }

    /// Runs `work` in a child that ends with it; what it returns is written to the pipe.
    static func fork(_ work: () -> [UInt8]) throws(ErrorNumber) -> ChildProcess {
        try start { output in
            let child = probe_fork()
            if child != 0 { return child }
            writeAll(work(), to: output)
            _exit(0)
        }
    }

    private static func start(_ launch: (_ output: Int32) -> Int32) throws(ErrorNumber) -> ChildProcess {
        var ends: (Int32, Int32) = (-1, -1)
        let code = withUnsafeMutableBytes(of: &ends) { probe_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self)) }
        guard code == 0 else { throw ErrorNumber(code: -code) }
        let child = launch(ends.1)
        close(ends.1)
        guard child > 0 else {
            close(ends.0)
            throw ErrorNumber(code: -child)
        }
        return ChildProcess(processIdentifier: child, pipe: ends.0)
    }

    /// Hands over what is in the pipe, up to `limit` bytes; closes the pipe at its end. Does not block.
    func read(limit: Int, using buffer: inout [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
        var rest = limit
        while pipe >= 0, rest > 0 {
            let count = buffer.withUnsafeMutableBytes { probe_read(pipe, $0.baseAddress, $0.count) }
            if count == -Int(EINTR) { continue }
            if count == -Int(EAGAIN) { return }
            guard count > 0 else { return closePipe() }
            body(buffer[..<count])
            rest -= count
        }
    }

    func closePipe() {
        if pipe >= 0 { close(pipe) }
        pipe = -1
    }

    /// Kills the child and everything in its process group.
    func kill() { probe_kill(processIdentifier) }

    /// Whether it has ended and waits to be reaped.
    var hasEnded: Bool { probe_has_ended(processIdentifier) != 0 }

    /// Kills what it left in its process group and reaps it; nil while it has not ended.
    func reap() -> Ending? {
        guard hasEnded else { return nil }
        kill()
        var status: Int32 = 0
        var signal: Int32 = 0
        guard probe_reap(processIdentifier, &status, &signal) != 0 else { return nil }
        return signal != 0 ? .signaled(signal) : .exited(status)
    }
}

/// Writes to a descriptor that blocks; false where nobody reads any more.
@discardableResult
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes {
            probe_write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
        }
        if count == -Int(EINTR) { continue }
        if count < 0 { return false }
        written += count
    }
    return true
}
