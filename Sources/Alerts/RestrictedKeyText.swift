package import Wire

/// What a restricted key's line in `authorized_keys` does not allow, with the mend.
package enum RestrictedKeyText {
    static let mend = "run `metricsd authorize HOST` again and replace its line in authorized_keys"

    /// Without a full stop.
    package static let command = "the key that metricsd logs in with does not allow this command; \(mend)"

    package static func log(_ path: String) -> String {
        "the key that metricsd logs in with does not allow to read \(path); \(mend)"
    }
}

extension CommandResult {
    /// The restricted key that the probe was started with does not list the command.
    package var isForbidden: Bool { ending == .notStarted && status == RestrictedKey.errorNumber }
}

extension LogReport {
    /// The restricted key that the probe was started with does not list the log.
    package var isForbidden: Bool { condition == .failed && errorNumber == RestrictedKey.errorNumber }
}
