import Foundation
import SSH
import Synchronization
import TestServers

/// A bastion with a thread that serves it until the value goes.
final class ServedBastion: Sendable {
    let bastion: Bastion
    private let interrupt = Interrupt()
    private let failures = Mutex<[String]>([])
    private let connections = Mutex(0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ target: SSHTarget, through outer: Bastion? = nil, retry: Duration = .milliseconds(100)) {
        bastion = Bastion(target, through: outer, interrupt: interrupt)
        Thread.detachNewThread { [self] in serve(retry) }
    }

    private func serve(_ retry: Duration) {
        bastion.serve(retry: { _ in retry }) { event in
            switch event {
            case .connected: self.connections.withLock { $0 += 1 }
            case .failed(let error): self.failures.withLock { $0.append("\(error)") }
            case .alive: break
            }
        }
        ended.signal()
    }

    var connectionCount: Int { connections.withLock { $0 } }
    var failureTexts: [String] { failures.withLock { $0 } }

    /// Ends it; whether its thread ended too.
    @discardableResult
    func end() -> Bool {
        interrupt.raise()
        return ended.wait(timeout: .now() + 5) == .success
    }
}

extension SSHSession {
    convenience init(
        _ target: SSHTarget,
        through served: ServedBastion,
        interrupt: Interrupt = Interrupt()
    ) throws(SSHError) {
        try self.init(connectingTo: target, interrupt: interrupt, through: served.bastion)
    }
}

/// A bastion's server, a server behind it on another loopback address, and the served bastion.
struct JumpSite {
    let outer: SSHServer
    let inner: SSHServer
    let served: ServedBastion

    /// - Parameter configuration: of the bastion's sshd.
    init(_ configuration: [String] = [], timeout: Duration = .seconds(20)) throws {
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.2"]
        inner = try SSHServer(options)
        var outerOptions = SSHServer.Options()
        outerOptions.configuration = configuration
        outer = try SSHServer(outerOptions)
        served = ServedBastion(outer.target("bastion", timeout: timeout))
    }

    func target(_ name: String = "web-3", timeout: Duration = .seconds(20)) -> SSHTarget {
        inner.target(name, timeout: timeout) { $0.address = "127.0.0.2" }
    }

    func session(_ name: String = "web-3", timeout: Duration = .seconds(20)) throws -> SSHSession {
        try SSHSession(target(name, timeout: timeout), through: served)
    }

    var through: String { "through \(NSUserName())@127.0.0.1:\(outer.port): " }
}

/// Polls what another thread or process has to do.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while try !condition() {
        if ContinuousClock.now > end { return false }
        usleep(2_000)
    }
    return true
}
