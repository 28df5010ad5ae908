import CLinux
import Foundation

/// Tells systemd how the daemon stands (man 3 sd_notify), where it was started by a unit with `Type=notify`; nothing
/// otherwise. The protocol is a datagram of `NAME=value` lines to the socket that `NOTIFY_SOCKET` names.
package struct ServiceManager: Sendable {
    package enum State: Sendable {
        /// Started, or the configuration was read again.
        case ready
        case reloading
        case stopping
        /// A sign of life for the watchdog.
        case alive
    }

    private let path: String?
    /// Within which the watchdog wants a sign of life; nil without a watchdog.
    package let watchdogInterval: Duration?

    /// - Parameter environment: as systemd gave it to this process.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        path = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isOurs = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        watchdogInterval =
            isOurs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0) } : nil
    }

    /// Does not block, and does not fail: a manager that is away hears nothing.
    ///
    /// - Parameter status: what `systemctl status` shows, one line.
    package func tell(_ state: State, status: String? = nil) {
        guard let path else { return }
        var lines: [String] = []
        switch state {
        case .ready: lines.append("READY=1")
        case .reloading: lines += ["RELOADING=1", "MONOTONIC_USEC=\(ClockReading.now.running * 1_000)"]
        case .stopping: lines.append("STOPPING=1")
        case .alive: lines.append("WATCHDOG=1")
        }
        if let status { lines.append("STATUS=\(status)") }
        send(lines.joined(separator: "\n"), to: path)
    }

    private func send(_ text: String, to path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // `@` stands for the abstract namespace's zero byte (man 7 unix).
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path)! + bytes.count)  // a stored property
        let message = Array(text.utf8)
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(descriptor, message, message.count, flags, pointer, length)
            }
        }
    }
}
