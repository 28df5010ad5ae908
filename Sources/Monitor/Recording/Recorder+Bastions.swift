import Alerts
import Configuration
import Journal
import Logging
import SSH
import Wire

/// Bastions, which have a state and alerts like hosts, and the hosts behind them.
extension Recorder {
    /// Names of those that fail now. They stand before the hosts.
    private var failingBastions: Set<String> {
        let bastions = hosts.prefix { $0.settings.isBastion }
        return Set(bastions.filter { $0.state.state == .unreachable || $0.state.state == .refused }.map(\.name))
    }

    /// Behind a change of a bastion: its hosts, and the bastions behind it.
    func holdBackBehind(_ bastion: Int, at now: Timestamp, in group: inout Group) {
        guard hosts[bastion].settings.isBastion else { return }
        let failing = failingBastions
        for index in hosts.indices where isBehind(index, bastion) {
            holdBack(index, behind: failing, at: now, in: &group)
        }
    }

    /// Holds back what a failing bastion explains, and nothing where none fails.
    func holdBack(_ index: Int, at now: Timestamp, in group: inout Group) {
        guard !hosts[index].settings.target.jumps.isEmpty else { return }
        holdBack(index, behind: failingBastions, at: now, in: &group)
    }

    private func holdBack(_ index: Int, behind failing: Set<String>, at now: Timestamp, in group: inout Group) {
        // The first one on the way is to blame for those behind it.
        let jump = hosts[index].settings.target.jumps.first { failing.contains($0.name) }
        let cause = jump.map { "the bastion \($0.loginText) fails" }
        apply(hosts[index].alerts.holdBack(because: cause, by: .jump, at: now), to: index, in: &group)
    }

    /// What a bastion's failure means, in a sentence of its own; nothing of others.
    func consequence(of index: Int) -> String {
        guard hosts[index].settings.isBastion else { return "" }
        let count = hosts.indices.count { !hosts[$0].settings.isBastion && isBehind($0, index) }
        return count == 1 ? " One host is reached through it." : " \(count) hosts are reached through it."
    }

    private func isBehind(_ index: Int, _ bastion: Int) -> Bool {
        hosts[index].settings.target.jumps.contains { $0.name == hosts[bastion].name }
    }
}

extension RecordedHost {
    /// - Parameter address: of a new connection.
    mutating func wayOpened(_ address: String?, at now: Timestamp) -> [LogLine] {
        answered(at: now)
            + (address.map { [LogLine(level: .info, host: name, text: "\(name): connected to \($0)")] } ?? [])
    }
}
