import Foundation
import Synchronization

/// A way to a MariaDB server, through a unix socket of its own, that breaks where it hurts most: at a `COMMIT`.
package final class CommitCutter: Sendable {
    /// What becomes of one commit.
    package enum Cut: Sendable, CaseIterable {
        /// The server never hears of it.
        case before
        /// The server gets it while the connection breaks.
        case during
        /// The server has done it, and nobody is told.
        case after
    }

    /// What is shared with the threads.
    private final class Commits: Sendable {
        private let state: Mutex<(plan: [Cut?], count: Int)>

        init(_ plan: [Cut?]) { state = Mutex((plan, 0)) }

        var count: Int { state.withLock { $0.count } }

        func next() -> Cut? {
            state.withLock { state in
                state.count += 1
                return state.plan.isEmpty ? nil : state.plan.removeFirst()
            }
        }
    }

    package let socket: String
    private let folder: TestFolder
    private let listener: Int32
    private let commits: Commits

    /// - Parameters:
    ///   - server: the socket of the server.
    ///   - plan: for each commit in turn, over all connections; nil lets it pass, as do all behind the last.
    package init(to server: String, _ plan: [Cut?]) throws {
        folder = try TestFolder("cutter")
        socket = "\(folder.path)/socket"
        let commits = Commits(plan)
        self.commits = commits
        listener = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let listener = listener
        guard Self.with(socket, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread {
                    defer { close(client) }
                    let other = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
                    defer { close(other) }
                    guard Self.with(server, { connect(other, $0, $1) }) == 0 else { return }
                    Self.carry(client, other, commits)
                }
            }
        }
    }

    deinit {
        // Wakes the thread out of accept(2).
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    /// How many commits have come.
    package var commitCount: Int { commits.count }

    /// Carries bytes both ways until one side ends, or a commit is cut.
    private static func carry(_ client: Int32, _ server: Int32, _ commits: Commits) {
        // A command packet: its length, number 0, COM_QUERY, the text.
        let commit = [7, 0, 0, 0, 3] + Array("COMMIT".utf8)
        while true {
            var entries = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 2, 60_000) > 0 else { return }
            if entries[1].revents != 0, !copy(from: server, to: client) { return }
            if entries[0].revents == 0 { continue }
            guard let bytes = read(client) else { return }
            let cut = bytes == commit ? commits.next() : nil
            if cut == .before { return }
            guard write(bytes, to: server) else { return }
            if cut == .after { _ = read(server) }
            if cut != nil { return }
        }
    }

    private static func copy(from source: Int32, to target: Int32) -> Bool {
        guard let bytes = read(source) else { return false }
        return write(bytes, to: target)
    }

    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
