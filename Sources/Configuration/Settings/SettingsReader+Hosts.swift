import Alerts
import Foundation
import Probe
import SSH

/// `<group>` and `<host>`.
extension SettingsReader {
    func readHosts(in element: Element, scope outer: [Element]) {
        let scope = [element] + outer
        checkMetrics(of: element)
        checkHostKey(of: element)
        for child in element.children {
            switch child.name {
            case "group": readHosts(in: child, scope: scope)
            case "host": readHost(child, scope: Scope(elements: [child] + scope))
            default: break
            }
        }
    }

    private func readHost(_ element: Element, scope: Scope) {
        checkMetrics(of: element)
        checkHostKey(of: element)
        let name = element.attribute("name")?.value ?? ""
        if let first = hostElements[name], let attribute = element.attribute("name"), NameText.isName(name) {
            findings.error(
                at: attribute.valueLocation,
                "the host name '\(quoted(name))' is taken; line \(first.location.line) has it",
                allowed: "every host needs a name of its own"
            )
        }
        if name == ServiceAlerts.host {
            findings.error(
                at: element.attribute("name")?.valueLocation,
                "the host name '\(name)' is that of metricsd's own alerts",
                allowed: "choose another name, such as the machine's"
            )
        }
        hostElements[name] = hostElements[name] ?? element

        let interval = scope.duration("interval") ?? .seconds(60)
        let commands = commands(in: scope, interval: interval)
        let logs = logs(in: scope)
        let alerts = alerts(in: scope, host: name, commands: Set(commands.map(\.name)), logs: logs)
        let target = target(name, scope)
        checkNames(ofBatches: logs, host: name, address: target.address)
        mail[name] = scope.text("mail").map(ListText.words) ?? []
        ruleCount += alerts.rules.count + commands.count + logs.count
        hosts.append(
            HostSettings(
                name: name,
                target: target,
                interval: interval,
                timeout: min(scope.duration("timeout") ?? .seconds(10), interval * 9 / 10),
                remoteDirectory: scope.text("remote-directory"),
                installedProbe: scope.text("probe"),
                metrics: selectors(in: scope, named: alerts.selectors),
                commands: commands,
                logs: logs.map(\.settings),
                alerts: alerts.rules,
                maintenance: maintenance(in: scope.elements),
                parent: parent(of: name, in: scope),
                recipients: scope.text("mail").map(ListText.words) ?? [],
                groups: scope.elements.dropFirst().reversed().filter { $0.name == "group" }
                    .compactMap { $0.attribute("name")?.value }
            )
        )
    }

    private func target(_ name: String, _ scope: Scope) -> SSHTarget {
        let given = scope.elements[0].attribute("address").map { AddressText.unbracketed($0.value) }
        let alias = given ?? name
        let openSSH = openSSHHost(alias, scope)
        var target = target(
            name,
            address: given ?? openSSH.hostName.map { Self.expanded($0, ["h": alias]) } ?? name,
            port: scope.integer("port").map { UInt16(clamping: $0) } ?? openSSH.port ?? 22,
            user: scope.text("user") ?? openSSH.user,
            scope
        )
        if scope.attribute("key") == nil, let file = identityFile(openSSH, target, name: alias) {
            target.credentials.keyFile = file
        }
        if !hasLogin(target) { hostsWithoutLogin.append((quoted(name), scope.elements[0].location)) }
        target.jumps = jumps(openSSH, scope, like: target)
        if let bastion = target.jumps.first(where: { !hasLogin($0) }) {
            findings.warning(
                at: scope.attribute("jump")?.location ?? scope.elements[0].location,
                "there is nothing to log in to the bastion '\(bastion.loginText)' with",
                allowed: "add jump-key or an SSH agent; a host's password is not given to its bastion"
            )
        }
        return target
    }

    /// - Parameter scope: where the rest of what logging in needs is looked up.
    func target(_ name: String, address: String, port: UInt16, user: String?, _ scope: Scope) -> SSHTarget {
        let hostKeyPolicy = hostKeyPolicy(scope.text("host-key"))
        if hostKeyPolicy == .strict { warnUnlessReadable(scope.attribute("known-hosts"), "file") }
        return SSHTarget(
            name: name,
            address: address,
            port: port,
            user: user ?? account.name,
            credentials: credentials(scope),
            hostKeyPolicy: hostKeyPolicy,
            knownHostsFiles: scope.attribute("known-hosts").map { [path($0)] }
                ?? ["\(account.home)/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"],
            timeout: scope.duration("timeout") ?? .seconds(10)
        )
    }

    func hasLogin(_ target: SSHTarget) -> Bool {
        let credentials = target.credentials
        return credentials.keyFile != nil || credentials.password != nil || credentials.usesAgent
    }

    private func credentials(_ scope: Scope) -> SSHCredentials {
        if let key = scope.attribute("key") { warnUnlessPrivate(key) }
        return SSHCredentials(
            keyFile: scope.attribute("key").map(path) ?? defaultKey,
            passphrase: secret("passphrase", in: scope),
            password: secret("password", in: scope),
            usesAgent: scope.text("agent").map { $0 == "yes" } ?? account.hasAgent
        )
    }

    /// One warning for all of them: the cause is usually one.
    func warnAboutHostsWithoutLogin() {
        guard let first = hostsWithoutLogin.first else { return }
        let more = hostsWithoutLogin.count > 1 ? " and \(hostsWithoutLogin.count - 1) more" : ""
        findings.warning(
            at: first.location,
            "there is nothing to log in to the host '\(first.name)'\(more) with",
            allowed: "add a key, a password or an SSH agent"
        )
    }

    /// The first of the keys that OpenSSH would try, too.
    private var defaultKey: String? {
        ["id_ed25519", "id_ecdsa", "id_rsa"].map { "\(account.home)/.ssh/\($0)" }
            .first { access($0, R_OK) == 0 }
    }

    func hostKeyPolicy(_ text: String?) -> HostKeyPolicy {
        switch text {
        case "accept-new": .acceptNew
        case .some(let text) where text.hasPrefix("SHA256:"): .pinned(text)
        default: .strict
        }
    }

    func checkHostKey(of element: Element) {
        for name in ["host-key", "jump-host-key"] {
            guard let attribute = element.attribute(name), attribute.value == "accept-new" else { continue }
            findings.warning(
                at: attribute.location,
                "'accept-new' trusts whoever answers first at an address",
                allowed: "\(name)=\"strict\" with ssh-keyscan's output in known-hosts checks from the start"
            )
        }
    }

    /// Words of `metrics` that nothing bears, once at each element that has the attribute.
    private func checkMetrics(of element: Element) {
        guard let attribute = element.attribute("metrics") else { return }
        for word in ListText.words(attribute.value) where MetricCatalog.selectors(for: word) == nil {
            let isCommand = commandNames.contains(word)
            findings.error(
                at: attribute.valueLocation,
                isCommand ? "'\(quoted(word))' is a command" : "unknown metric type '\(quoted(word))'",
                allowed: isCommand
                    ? "commands run without being named in 'metrics'"
                    : "docs/metrics.md lists the metric types; sets: "
                        + MetricCatalog.setNames.joined(separator: ", "),
                suggestion: isCommand ? nil : NearestMatch.of(word, in: MetricCatalog.selectableNames)
            )
        }
    }

    private func selectors(in scope: Scope, named: [String]) -> [String] {
        let words = scope.text("metrics").map(ListText.words) ?? ["standard"]
        var seen: Set<String> = []
        return (words.flatMap { MetricCatalog.selectors(for: $0) ?? [] } + named).filter { seen.insert($0).inserted }
    }
}
