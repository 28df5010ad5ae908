import Alerts
import Configuration
import SSH

/// The threads of the hosts that are monitored now. Each ends by itself: a configuration that is read again lets some go and
/// others come, without those between noticing.
struct HostThreads {
    struct Running {
        /// What its reports carry; given once.
        var number: Int
        var settings: HostSettings
        var interrupt: Interrupt
        var thread: NamedThread
    }

    private(set) var running: [Running] = []
    /// Those that were to end and did not.
    private var hanging: [Running] = []
    private var nextNumber = 0

    /// - Parameter body: gets the host's number, and the interrupt that ends it.
    /// - Throws: when the system refuses another thread.
    mutating func start(
        _ settings: HostSettings,
        number: Int,
        interrupt: Interrupt = Interrupt(),
        _ body: @escaping @Sendable (_ number: Int, _ interrupt: Interrupt) -> Void
    ) throws {
        let thread = try NamedThread(name: settings.name) { body(number, interrupt) }
        running.append(Running(number: number, settings: settings, interrupt: interrupt, thread: thread))
    }

    mutating func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    /// Of those that are monitored, not only passed through.
    var hostNumbers: Set<Int> { Set(running.filter { !$0.settings.isBastion }.map(\.number)) }

    func running(_ name: String) -> Running? { running.first { $0.settings.name == name } }

    /// Each wait of these threads ends at once.
    func interrupt(_ numbers: Set<Int>? = nil) {
        for host in running where numbers?.contains(host.number) ?? true { host.interrupt.raise() }
    }

    /// Blocks until the threads have ended, at most until the deadline, and forgets them.
    ///
    /// - Parameter isStopped: asked four times a second; those that have not ended by then are not waited for any more.
    /// - Returns: how many do not end.
    @discardableResult
    mutating func join(
        _ numbers: Set<Int>? = nil,
        until deadline: ContinuousClock.Instant?,
        unless isStopped: () -> Bool = { false }
    ) -> Int {
        let ending = running.filter { numbers?.contains($0.number) ?? true }
        running.removeAll { numbers?.contains($0.number) ?? true }
        let late = ending.filter { host in
            guard let deadline else {
                host.thread.join()
                return false
            }
            while !host.thread.join(until: min(deadline, .now + .milliseconds(250))) {
                if isStopped() || ContinuousClock.now >= deadline { return true }
            }
            return false
        }
        hanging += late
        return late.count
    }

    /// Whether a thread of the host was to end and has not: a second one would do its work twice.
    mutating func hangs(_ name: String) -> Bool {
        hanging.removeAll { $0.settings.name == name && $0.thread.join(until: .now) }
        return hanging.contains { $0.settings.name == name }
    }

    /// Goes on under settings that only change what is made of its answers.
    mutating func adopt(_ settings: HostSettings, number: Int) {
        guard let place = running.firstIndex(where: { $0.number == number }) else { return }
        running[place].settings = settings
    }
}

extension HostSettings {
    /// Whether a thread under these settings does the same under others: only what the recorder makes of its answers differs.
    func areServedAlike(_ other: HostSettings) -> Bool {
        var other = other
        other.groups = groups
        other.recipients = recipients
        guard countedAlerts == other.countedAlerts else { return false }
        other.alerts = alerts
        other.maintenance = maintenance
        other.parent = parent
        return self == other
    }

    /// Those whose windows the thread counts.
    private var countedAlerts: [AlertRule] {
        alerts.filter { if case .highTraffic = $0.subject { true } else { false } }
    }
}
