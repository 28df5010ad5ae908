import Alerts
import SSH

/// The bastions that hosts are reached through: `jump`, `jump-key`, `jump-host-key`.
///
/// Hosts with the same way and the same login share a bastion, and so one session to it. It is monitored like a host: a
/// row of its own, and one alert when it fails.
extension SettingsReader {
    /// The way to a host: what its elements say, else what its OpenSSH configuration does.
    ///
    /// - Parameter fallback: how to log in to the host itself.
    func jumps(_ openSSH: OpenSSHConfiguration.Host, _ scope: Scope, like fallback: SSHTarget) -> [SSHTarget] {
        guard let text = scope.text("jump") ?? openSSH.proxyJump, let way = JumpText(parsing: text) else { return [] }
        return hops(way, scope, before: []).map { hop in
            let openSSH = openSSHHost(hop.host, scope)
            var target = fallback
            target.name = ""
            target.address = openSSH.hostName.map { Self.expanded($0, ["h": hop.host]) } ?? hop.host
            target.port = hop.port ?? openSSH.port ?? 22
            target.user = hop.user ?? openSSH.user ?? fallback.user
            // A password is for the host that it was given for; a bastion that was taken over would learn it.
            target.credentials.password = nil
            if let key = scope.attribute("jump-key") {
                warnUnlessPrivate(key)
                target.credentials.keyFile = path(key)
            } else if let file = identityFile(openSSH, target, name: hop.host) {
                target.credentials.keyFile = file
            }
            switch scope.text("jump-host-key") {
            case .some(let text): target.hostKeyPolicy = hostKeyPolicy(text)
            // A fingerprint is that of the host.
            case nil: if case .pinned = target.hostKeyPolicy { target.hostKeyPolicy = .strict }
            }
            target.timeout = .zero
            return target
        }
    }

    /// With the hops that the first one has in the OpenSSH configuration itself, as ssh(1) goes them.
    private func hops(_ way: JumpText, _ scope: Scope, before: [JumpText.Hop]) -> [JumpText.Hop] {
        let hops = way.hops + before
        guard let first = way.hops.first, hops.count < 8, let text = openSSHHost(first.host, scope).proxyJump,
            let outer = JumpText(parsing: text), !outer.hops.contains(where: { $0.host == first.host })
        else { return hops }
        return self.hops(outer, scope, before: hops)
    }

    /// Makes one bastion of those that are the same, gives each its name, and its hosts the names of theirs.
    func shareBastions() {
        var names: [[SSHTarget]: String] = [:]
        var taken: Set<String> = []
        for place in hosts.indices {
            let way = hosts[place].target.jumps
            for end in way.indices {
                let chain = Array(way[...end])
                let name = names[chain] ?? bastionName(chain, &taken)
                if names.updateValue(name, forKey: chain) == nil { bastions.append(bastion(name, chain, names)) }
                hosts[place].target.jumps[end].name = name
                guard let bastion = bastions.firstIndex(where: { $0.name == name }) else { continue }
                extend(bastion, by: hosts[place])
            }
        }
        // Their timeouts are known now.
        let targets = Dictionary(uniqueKeysWithValues: bastions.map { ($0.name, $0.target) })
        for place in hosts.indices { settleJumps(&hosts[place].target, targets) }
        for place in bastions.indices { settleJumps(&bastions[place].target, targets) }
    }

    private func settleJumps(_ target: inout SSHTarget, _ targets: [String: SSHTarget]) {
        for place in target.jumps.indices {
            let name = target.jumps[place].name
            target.jumps[place].timeout = targets[name]?.timeout ?? target.timeout
        }
    }

    /// `jump:user@bastion:22`, with the hops before it; the same bastion with another login is another one.
    private func bastionName(_ chain: [SSHTarget], _ taken: inout Set<String>) -> String {
        let base = "jump:" + chain.map(\.loginText).joined(separator: ",")
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base) (\(number))"
            number += 1
        }
        return name
    }

    private func bastion(_ name: String, _ chain: [SSHTarget], _ names: [[SSHTarget]: String]) -> HostSettings {
        var target = chain[chain.count - 1]
        target.name = name
        target.jumps = Array(chain.dropLast())
        for place in target.jumps.indices { target.jumps[place].name = names[Array(chain[...place])] ?? "" }
        return HostSettings(
            name: name,
            target: target,
            interval: .seconds(60),
            timeout: .zero,
            metrics: [],
            isBastion: true
        )
    }

    /// What it takes over from a host behind it: the longest timeout, and of `unreachable` the shortest `for`, the highest
    /// severity and everybody who is told; maintenance that all of them share.
    private func extend(_ place: Int, by host: HostSettings) {
        let bastion = bastions[place]
        let rules = host.alerts.filter { $0.subject == .unreachable }
        let former = bastion.alerts.first
        let recipients =
            (former?.recipients ?? []) + (rules.isEmpty ? mail[host.name] ?? [] : rules.flatMap(\.recipients))
        var seen: Set<String> = []
        let holds = rules.map(\.holdFor) + (former.map { [$0.holdFor] } ?? [])
        let repeats = (rules + (former.map { [$0] } ?? [])).compactMap(\.repeatEvery)
        bastions[place].target.timeout = max(bastion.target.timeout, host.target.timeout)
        bastions[place].timeout = bastions[place].target.timeout
        bastions[place].maintenance =
            former == nil ? host.maintenance : bastion.maintenance.filter(host.maintenance.contains)
        bastions[place].alerts = [
            AlertRule(
                .unreachable,
                holdFor: holds.min() ?? .seconds(60),
                severity: .critical,
                repeatEvery: repeats.min(),
                recipients: recipients.filter { seen.insert($0).inserted }
            )
        ]
    }
}
