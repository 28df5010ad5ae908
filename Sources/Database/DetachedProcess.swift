import CLinux
import Glibc

/// A program that runs in a session of its own: a terminal's Ctrl-C does not reach it, it inherits no open files and no
/// blocked signals, and it goes on when this program ends.
struct DetachedProcess {
    let processIdentifier: pid_t
    /// Whether this program started it, and so learns how it ended.
    let isChild: Bool

    /// A running process that an earlier run of this program started.
    init(adopting processIdentifier: pid_t) {
        self.processIdentifier = processIdentifier
        isChild = false
    }

    /// - Parameters:
    ///   - log: a file that gets what it prints, at its end.
    /// - Throws: the error number.
    init(_ program: String, _ arguments: [String], log: String) throws(SpawnFailure) {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        linux_spawn_close_from(&actions, 3)
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes,
            Int16(linux_spawn_setsid) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        )

        // Not this program's environment: it may hold secrets, and settings of other programs.
        let environment = ["PATH=\(SystemProgram.path)", "LC_ALL=C"]
        var child: pid_t = 0
        let code = Self.withCStrings([program] + arguments) { argv in
            Self.withCStrings(environment) { envp in posix_spawn(&child, program, &actions, &attributes, argv, envp) }
        }
        guard code == 0 else { throw SpawnFailure(code: code) }
        processIdentifier = child
        isChild = true
    }

    /// Nil while it runs; then how it ended, in words. Takes the ended child off the process table.
    func ending() -> String? {
        guard isChild else { return Self.isRunning(processIdentifier) ? nil : "ended" }
        var status: Int32 = 0
        let answer = waitpid(processIdentifier, &status, WNOHANG)
        if answer == 0 || (answer < 0 && errno == EINTR) { return nil }
        guard answer > 0 else { return "ended" }
        let signal = status & 0x7f
        return signal == 0 ? "exited with status \((status >> 8) & 0xff)" : "was ended by signal \(signal)"
    }

    /// Waits for its end, looking every ten milliseconds: a process that is not our child cannot be waited for.
    /// - Returns: as `ending()`, nil where it still runs after the limit.
    func waitForEnd(within limit: Duration) -> String? {
        let clock = ContinuousClock()
        let end = clock.now + limit
        while true {
            if let ending = ending() { return ending }
            if clock.now >= end { return nil }
            usleep(10_000)
        }
    }

    /// SIGTERM to the program and those it started, and SIGKILL where that is not enough in time.
    func stop(within limit: Duration) {
        // It leads a group of its own, which has its number.
        kill(-processIdentifier, SIGTERM)
        let isOver = waitForEnd(within: limit) != nil
        kill(-processIdentifier, SIGKILL)
        if !isOver { _ = waitForEnd(within: .seconds(5)) }
    }

    /// SIGKILL to it and to what it started. Only for a process of our own that has not ended: its number is taken for
    /// its group's (`man 2 kill`).
    func killSession() {
        kill(-processIdentifier, SIGKILL)
        _ = waitForEnd(within: .seconds(5))
    }

    /// The arguments of a running process, `man 5 proc`; empty where there is none.
    static func arguments(of processIdentifier: pid_t) -> [String] {
        guard let file = fopen("/proc/\(processIdentifier)/cmdline", "re") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        return bytes[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A zombie has no arguments any more.
    private static func isRunning(_ processIdentifier: pid_t) -> Bool {
        !arguments(of: processIdentifier).isEmpty
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

/// The error number of `posix_spawn`.
struct SpawnFailure: Error {
    let code: Int32

    var text: String { String(cString: strerror(code)) }
}

/// Programs of the system.
enum SystemProgram {
    /// Where administrators' programs are too, which the `PATH` of an ordinary user leaves out.
    static var path: String {
        let own = getenv("PATH").map { String(cString: $0) + ":" } ?? ""
        return own + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    }

    static func locate(_ name: String, in path: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}
