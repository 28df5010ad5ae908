import Foundation
import Synchronization

/// A listener on loopback that accepts connections and is no SSH server: it says one thing, or nothing.
package final class OddServer: Sendable {
    package let port: Int
    private let listener: Int32
    private let accepted = Mutex<[Int32]>([])

    /// - Parameters:
    ///   - says: sent to each connection at once.
    ///   - closes: whether the connection is closed then.
    package init(says: String = "", closes: Bool = false) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound, listen(listener, 16) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                _ = says.withCString { send(connection, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
                if closes || self?.keep(connection) != true { close(connection) }
            }
        }
    }

    deinit {
        // Wakes the thread out of accept(2).
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        accepted.withLock { for connection in $0 { close(connection) } }
    }

    private func keep(_ connection: Int32) -> Bool {
        accepted.withLock { $0.append(connection) }
        return true
    }
}
