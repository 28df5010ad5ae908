import Foundation
import SSH

/// `ssh-config`: what ~/.ssh/config says of a host where server_config.xml says nothing.
extension SettingsReader {
    /// By the name under which ssh(1) would be called.
    func openSSHHost(_ name: String, _ scope: Scope) -> OpenSSHConfiguration.Host {
        guard let attribute = scope.attribute("ssh-config"), attribute.value != "none" else { return .init() }
        do throws(OpenSSHFiles.Unreadable) {
            let configuration = try openSSHFiles.configuration(path(attribute))
            warnAboutIgnored(configuration, attribute)
            return configuration.host(name)
        } catch {
            let text = "the file that 'ssh-config' names cannot be read: \(error.reason)"
            if error.isMissing {
                findings.warning(at: attribute.location, text, allowed: "hosts have what stands here only")
            } else {
                // What stands in it is the way to its hosts: without it another machine might be reached.
                findings.error(
                    at: attribute.location,
                    text,
                    allowed: "mend the file, or ssh-config=\"none\" where it is not needed"
                )
            }
            return .init()
        }
    }

    private func warnAboutIgnored(_ configuration: OpenSSHConfiguration, _ attribute: Attribute) {
        guard !configuration.ignored.isEmpty else { return }
        let told = configuration.ignored.prefix(5).map { ignored in
            let file = ignored.file == path(attribute) ? "" : "\(ignored.file) "
            return "\(file)line \(ignored.line): \(quoted(ignored.what))"
        }
        let more = configuration.ignored.count > 5 ? " and \(configuration.ignored.count - 5) more" : ""
        findings.warning(
            at: attribute.location,
            "of the file that 'ssh-config' names, metricsd does not honour \(told.joined(separator: ", "))\(more)",
            allowed: "it honours Host, Include, HostName, Port, User, IdentityFile and ProxyJump"
        )
    }

    /// The first of the keys that can be read, with the tokens of ssh_config(5) replaced.
    func identityFile(_ host: OpenSSHConfiguration.Host, _ target: SSHTarget, name: String) -> String? {
        let files = host.identityFiles.filter { $0 != "none" }.map { file in
            let text = Self.expanded(
                file,
                [
                    "d": account.home, "h": target.address, "n": name, "r": target.user, "u": account.name,
                    "p": "\(target.port)",
                ]
            )
            return account.absolute(text, from: account.home)
        }
        return files.first { access($0, R_OK) == 0 } ?? files.first
    }

    /// `%h` and the like; what is not known stays.
    static func expanded(_ text: String, _ tokens: [Character: String]) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%", let token = rest.first else {
                result.append(character)
                continue
            }
            if token == "%" {
                result.append("%")
            } else if let value = tokens[token] {
                result += value
            } else {
                result.append(character)
                continue
            }
            rest.removeFirst()
        }
        return result
    }
}
