import Foundation
import TestServers

/// A port that accepts every connection and never says a word: a host that hangs.
final class SilentListener {
    let port: Int
    private let descriptor: Int32
    private var accepted: [Int32] = []

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The kernel completes connections up to the backlog without anybody accepting them.
        let listens = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard listens else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { for descriptor in accepted + [descriptor] { close(descriptor) } }

    /// Blocks until so many have connected; they stay connected, and hear nothing.
    func awaitConnections(_ count: Int, seconds: Int32 = 20) throws {
        while accepted.count < count {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, seconds * 1_000) > 0 else {
                throw TestProcess.Failure(description: "\(accepted.count) of \(count) connections in \(seconds) s")
            }
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            accepted.append(connection)
        }
    }
}
