import Foundation
import Secrets

/// Passwords, passphrases, and whether the files that are named are there and private. Warnings never quote the value:
/// what was meant as the secret itself may stand in the wrong attribute.
extension SettingsReader {
    func secretNames(_ name: String) -> [String] {
        [name, "\(name)-file", "\(name)-env"]
    }

    func secret(_ name: String, in scope: Scope) -> Secret? {
        guard let attribute = scope.attribute(ofAny: secretNames(name)) else { return nil }
        switch attribute.name {
        case name:
            if file.isReadableByOthers {
                findings.warning(
                    at: attribute.location,
                    "this \(name) stands in a file that others can read",
                    allowed: "chmod 600 the file, or use \(name)-file"
                )
            }
            return Secret(.inline(attribute.value))
        case "\(name)-file":
            warnUnlessPrivate(attribute)
            return Secret(.file(path(attribute)))
        default:
            if account.environment[attribute.value] == nil {
                findings.warning(
                    at: attribute.location,
                    "the environment variable that '\(attribute.name)' names is not set",
                    allowed: "export it before the start"
                )
            }
            return Secret(.environment(attribute.value))
        }
    }

    /// For files that hold secrets: password files and keys.
    func warnUnlessPrivate(_ attribute: Attribute) {
        guard warnUnlessReadable(attribute, "file") else { return }
        var status = stat()
        if stat(path(attribute), &status) == 0, status.st_mode & 0o077 != 0 {
            findings.warning(
                at: attribute.location,
                "the file that '\(attribute.name)' names can be read by others",
                allowed: "chmod 600 it"
            )
        }
    }

    @discardableResult
    func warnUnlessReadable(_ attribute: Attribute?, _ what: String) -> Bool {
        guard let attribute, !attribute.value.isEmpty else { return false }
        guard access(path(attribute), R_OK) != 0 else { return true }
        let reason = String(cString: strerror(errno))
        findings.warning(
            at: attribute.location,
            "the \(what) that '\(attribute.name)' names cannot be read: \(reason)",
            allowed: "~ is the home, a relative path starts at this file's folder"
        )
        return false
    }
}
