import Foundation
import TestServers

/// The socket that systemd would give a service to tell of itself (man 3 sd_notify).
final class NotifySocket {
    let path: String
    private let descriptor: Int32
    private var unread: [String] = []

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else { throw TestProcess.Failure(description: "\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Blocks until a line that begins so has come behind the last one that was waited for.
    func await(_ line: String, seconds: Int32 = 20) throws {
        let end = ContinuousClock.now + .seconds(Int64(seconds))
        var passed: [String] = []
        while ContinuousClock.now < end {
            while !unread.isEmpty {
                let next = unread.removeFirst()
                if next.hasPrefix(line) { return }
                passed.append(next)
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 100) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { continue }
            unread += String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
        throw TestProcess.Failure(description: "no \(line) came, only \(passed)")
    }
}
