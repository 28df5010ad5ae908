package import Alerts
package import Journal
import Synchronization

/// One host as people are shown it.
package struct HostStatus: Sendable {
    package var state: HostState
    package var openAlerts: [Alert]
}

/// The newest status of every host, written by the recorder and read by the live table.
package final class StatusBoard: Sendable {
    private let hosts: Mutex<[HostStatus]>

    init(_ hosts: [HostStatus]) {
        self.hosts = Mutex(hosts)
    }

    func update(_ index: Int, _ status: HostStatus) {
        hosts.withLock { $0[index] = status }
    }

    /// All hosts anew.
    func replace(_ all: [HostStatus]) {
        hosts.withLock { $0 = all }
    }

    package var current: [HostStatus] { hosts.withLock { $0 } }
}
