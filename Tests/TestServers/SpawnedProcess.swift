import Foundation

/// Child processes by posix_spawn(3).
///
/// Foundation's `Process` learns of a child's end from a descriptor that the child inherits, and waits for the child
/// when it closes. sshd closes all descriptors at its start: the one thread that serves all `Process` values then
/// waits for that sshd, and every `waitUntilExit` of the program with it.
enum SpawnedProcess {
    static func start(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        output: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)

        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        var arguments = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier = pid_t()
        let code = posix_spawn(&identifier, executable, &actions, nil, &arguments, &variables)
        guard code == 0 else {
            throw TestProcess.Failure(description: "\(executable): \(String(cString: strerror(code)))")
        }
        return identifier
    }

    /// Whether the child is gone; collects it once.
    static func hasEnded(_ identifier: Int32, _ known: inout Bool) -> Bool {
        if !known { known = waitpid(identifier, nil, WNOHANG) != 0 }
        return known
    }
}
