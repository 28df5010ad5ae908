import Configuration
import SSH
import Synchronization

/// The bastions that are served now, for those who go through them.
final class Bastions: Sendable {
    private let known = Mutex<[String: Bastion]>([:])

    /// Makes it known; in the place of an earlier one of its name. To be called for the bastions before it first.
    @discardableResult
    func open(_ settings: HostSettings, interrupt: Interrupt) -> Bastion {
        let bastion = Bastion(settings.target, through: bastion(before: settings.target), interrupt: interrupt)
        known.withLock { $0[settings.name] = bastion }
        return bastion
    }

    /// The last one on the way to a host; nil where it is reached directly.
    func bastion(before target: SSHTarget) -> Bastion? {
        target.jumps.last.flatMap { bastion(named: $0.name) }
    }

    func bastion(named name: String) -> Bastion? {
        known.withLock { $0[name] }
    }
}

/// Bastions for one errand: `check --connect`, `poll`. Ended with the value.
final class ErrandBastions {
    let bastions = Bastions()
    private let interrupt = Interrupt()
    private var threads: [NamedThread] = []

    /// Starts a thread for each. - Parameter step: is told by those threads which bastion got how far.
    init(
        _ settings: [HostSettings],
        gate: HandshakeGate? = nil,
        step: @escaping @Sendable (_ bastion: String, SSHError.Step, Duration) -> Void = { _, _, _ in }
    ) throws {
        for settings in settings {
            let bastion = bastions.open(settings, interrupt: interrupt)
            threads.append(
                try NamedThread(name: settings.name) {
                    // Once is enough: the errand is over before there is another try.
                    bastion.serve(
                        gate: gate,
                        retry: { _ in .seconds(3_600) },
                        step: { step(settings.name, $0, $1) },
                        report: { _ in }
                    )
                }
            )
        }
    }

    deinit { end() }

    func end() {
        interrupt.raise()
        threads.forEach { $0.join() }
        threads = []
    }
}
