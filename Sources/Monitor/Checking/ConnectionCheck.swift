package import Configuration
import Database
import Mail
import SSH
import Synchronization
import Wire

/// `metricsd check --connect`: climbs to each host and each receiver of batches, then to the database and the mail
/// server, and tells each step.
package struct ConnectionCheck {
    /// What became of one host or service.
    package struct Result: Sendable {
        /// Lines for people, ending in a line end.
        package var text: String
        package var succeeded: Bool
    }

    /// Hosts climbed to at a time.
    private static let width = 8

    private let configuration: ServerConfiguration

    package init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
    }

    /// Blocks until everything was tried; each host within its own timeouts.
    ///
    /// - Parameter report: called on this thread with each result, in the configuration's order.
    /// - Returns: whether all of it succeeded.
    package func run(report: (Result) -> Void) throws -> Bool {
        let probes = try ProbeFiles()
        let hosts = configuration.hosts
        let machines = MachineBindings(reading: configuration)
        let gate = HandshakeGate(total: Self.width, perAddress: 4)
        let taken = Mutex<[String: [(SSHError.Step, Duration)]]>([:])
        let errand = try ErrandBastions(configuration.bastions, gate: gate) { name, step, took in
            taken.withLock { $0[name, default: []].append((step, took)) }
        }
        defer { errand.end() }
        var succeeded = true
        for settings in configuration.bastions {
            // Asking it anything makes it connect.
            let bastion = errand.bastions.bastion(named: settings.name)
            let failure = bastion?.failure(for: settings.target, interrupt: Interrupt())
            var steps = CheckSteps(title: "\(settings.name) (\(settings.target.displayAddress))")
            for (step, took) in taken.withLock({ $0[settings.name] ?? [] }) {
                let way = step == .connect ? bastion?.outer.map { "through \($0.target.loginText)" } : nil
                steps.add(HostConnection.name(of: step), took: took, detail: way ?? "")
            }
            // It fails itself, not on the way to itself.
            if let failure { steps.fail("\(bastion?.failure ?? failure)") }
            report(steps.result)
            succeeded = succeeded && failure == nil
        }
        let results = Mutex<[Result?]>(Array(repeating: nil, count: hosts.count))
        let next = Mutex(0)
        let bastions = errand.bastions
        let done = WakeUp()
        let threads = try (0..<min(Self.width, hosts.count)).map { number in
            try NamedThread(name: "check-\(number)") {
                while true {
                    let index = next.withLock { next in
                        defer { next += 1 }
                        return next
                    }
                    guard index < hosts.count else { return }
                    let bastion = bastions.bastion(before: hosts[index].target)
                    let result = Self.climb(
                        to: hosts[index],
                        probes: probes,
                        machines: machines,
                        gate: gate,
                        bastion: bastion
                    )
                    results.withLock { $0[index] = result }
                    done.ring()
                }
            }
        }
        for index in hosts.indices {
            while true {
                if let result = results.withLock({ $0[index] }) {
                    report(result)
                    succeeded = succeeded && result.succeeded
                    break
                }
                done.wait(until: .now + .seconds(1))
            }
        }
        threads.forEach { $0.join() }
        let deliveries = configuration.deliveries.map { DeliveryCheck($0).run() }
        for result in deliveries + [database(), mail()] {
            report(result)
            succeeded = succeeded && result.succeeded
        }
        return succeeded
    }

    private static func climb(
        to host: HostSettings,
        probes: ProbeFiles,
        machines: MachineBindings,
        gate: HandshakeGate,
        bastion: Bastion?
    ) -> Result {
        var steps = CheckSteps(title: "\(host.name) (\(host.target.displayAddress))")
        do {
            let connection = try HostConnection(
                to: host,
                plan: CollectionPlan(host),
                probes: probes,
                interrupt: Interrupt(),
                gate: gate,
                bastion: bastion
            ) { steps.add($0, took: $1, detail: $2) }
            defer { connection.close() }
            try machines.check(connection.identity, of: host.name, at: connection.address)
            if let notice = connection.unknownMetricsNotice() { steps.fail(notice) }
            let begin = ContinuousClock.now
            let snapshot = try connection.poll(withMetrics: true, commandsDue: [])
            steps.add(
                "poll",
                took: begin.duration(to: .now),
                detail: "\(snapshot.samples.count) values"
                    + snapshot.failures.map { "; collector \($0.collector): \($0.reason)" }.joined()
            )
            try look(at: host.logs, over: connection, into: &steps)
            return steps.result
        } catch {
            return steps.failed(error)
        }
    }

    /// Whether each log can be read; nothing of it is counted.
    private static func look(
        at logs: [LogSettings],
        over connection: HostConnection,
        into steps: inout CheckSteps
    ) throws {
        guard !logs.isEmpty else { return }
        let begin = ContinuousClock.now
        let reads = logs.indices.map { LogRead(log: UInt16($0), start: .end, cursors: []) }
        let answer = try connection.readLogs(reads, budgetBytes: 0) { _ in }
        let took = begin.duration(to: .now)
        for (log, report) in zip(logs, answer.reports) {
            let text = LogConditionText.of(report, path: log.path, interval: log.interval)
            if report.condition == .following {
                let size = report.cursors.last?.knownSize ?? 0
                steps.add("log", took: took, detail: "\(log.name): \(log.path), \(size) bytes")
            } else {
                steps.fail("log \(log.name): \(text)")
            }
        }
    }

    private func database() -> Result {
        guard let settings = configuration.database else {
            return Result(
                text: "database\n  - embedded: no <database> names a server; run starts a MariaDB of its own\n",
                succeeded: true
            )
        }
        var steps = CheckSteps(title: "database \(settings.server)")
        do {
            let begin = ContinuousClock.now
            let connection = try MySQLConnection(settings)
            steps.add(
                "connect",
                took: begin.duration(to: .now),
                detail: connection.cipher.map { "TLS \($0)" } ?? "not encrypted"
            )
            let schema = ContinuousClock.now
            let created = try Schema.apply(connection)
            steps.add("schema", took: schema.duration(to: .now), detail: created ? "created" : "up to date")
            return steps.result
        } catch {
            return steps.failed(error)
        }
    }

    private func mail() -> Result {
        guard let settings = configuration.smtp else {
            return Result(
                text: "mail\n  - none: no <smtp> is configured; alerts are recorded and logged\n",
                succeeded: true
            )
        }
        var steps = CheckSteps(title: "mail \(settings.server)")
        do {
            let begin = ContinuousClock.now
            try SMTPClient(settings).verify()
            steps.add("login", took: begin.duration(to: .now), detail: "")
            return steps.result
        } catch {
            return steps.failed(error)
        }
    }
}
