import Foundation
import Synchronization

/// An address on loopback where connecting neither succeeds nor fails, as behind a firewall that drops packets: a
/// listener whose queue is full. Once opened, it accepts what knocks again (TCP does after 1, 3, 7… s) and says nothing.
package final class BlackHole: Sendable {
    package let port: Int
    private let listener: Int32
    private let fillers: [Int32]
    private let accepted = Mutex<[Int32]>([])

    package init() throws {
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
        guard bound, listen(listener, 0) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = Int(UInt16(bigEndian: address.sin_port))
        var fillers: [Int32] = []
        // The kernel takes one connection or two beyond the queue's length.
        for _ in 0..<8 {
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let filler = socket(AF_INET, kind, 0)
            fillers.append(filler)
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(filler, $0, length) }
            }
            var entry = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 200) == 0 {
                self.fillers = fillers
                return
            }
        }
        for filler in fillers { close(filler) }
        close(listener)
        throw POSIXError(.EISCONN)
    }

    /// Accepts connections from now on.
    package func open() {
        // The queue's length can be changed by listening once more.
        listen(listener, 16)
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                if self?.keep(connection) != true { close(connection) }
            }
        }
    }

    deinit {
        // Wakes the thread out of accept(2).
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for filler in fillers { close(filler) }
        accepted.withLock { for connection in $0 { close(connection) } }
    }

    private func keep(_ connection: Int32) -> Bool {
        accepted.withLock { $0.append(connection) }
        return true
    }
}
