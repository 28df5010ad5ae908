import CLinux

#if !hasFeature(Embedded)
    import Wire
#endif

/// What the probe does for whoever speaks to it.
///
/// A key whose line in `authorized_keys` has `command="… --serve --restricted …"` can start the probe and nothing else
/// (`man 8 sshd`). The probe then keeps to what stands in that line, whatever it is asked for: the commands and logs that
/// are named there, byte for byte, and all metrics. `SSH_ORIGINAL_COMMAND` is ignored.
package struct Permissions: Equatable {
    /// nil where all that the login user may do is allowed.
    package var listed: Listed?

    package struct Listed: Equatable {
        /// As `sh -c` gets them.
        package var commands: [String]
        /// As the plan names them.
        package var logs: [String]

        package init(commands: [String] = [], logs: [String] = []) {
            self.commands = commands
            self.logs = logs
        }
    }

    package static let all = Permissions(listed: nil)

    package init(listed: Listed?) { self.listed = listed }

    var isRestricted: Bool { listed != nil }

    func allowsCommand(_ run: String) -> Bool {
        guard let listed else { return true }
        return Self.contains(listed.commands, run)
    }

    func allowsLog(_ path: String) -> Bool {
        guard let listed else { return true }
        return Self.contains(listed.logs, path)
    }

    /// Equal as bytes: texts that only look the same are other commands to a shell.
    private static func contains(_ list: [String], _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        for entry in list where Array(entry.utf8) == bytes { return true }
        return false
    }
}
