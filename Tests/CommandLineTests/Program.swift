import Foundation
import TestServers

/// The metricsd executable, started as a shell starts it: its own working directory and environment, standard output
/// and standard error in files apart from each other, or both on a terminal.
final class Program {
    /// What a run left behind.
    struct Outcome {
        /// The exit status; 128 and the signal's number where a signal ended it.
        let status: Int32
        let output: String
        let errors: String
    }

    /// Beside the test bundle, where `swift build` puts both.
    static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("metricsd").path
    }()

    let processIdentifier: pid_t
    private let folder: TestFolder
    private var status: Int32?

    /// Runs it to its end.
    static func run(
        _ arguments: [String],
        in directory: String = "/",
        environment: [String: String] = [:],
        seconds: Double = 30
    ) throws -> Outcome {
        try Program(arguments, in: directory, environment: environment).outcome(within: seconds)
    }

    /// - Parameters:
    ///   - environment: variables beside `PATH`, `HOME` and `LANG`.
    ///   - terminal: what standard input, output and error are; without it they are `/dev/null` and two files.
    init(
        _ arguments: [String],
        in directory: String = "/",
        environment: [String: String] = [:],
        terminal: Terminal? = nil
    ) throws {
        guard FileManager.default.isExecutableFile(atPath: Self.path) else {
            throw TestProcess.Failure(description: "\(Self.path) is missing; swift build --build-tests makes it")
        }
        folder = try TestFolder("program")
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let terminal {
            // The first terminal that a session's leader opens becomes the session's own (man 3 tcsetsid's notes).
            posix_spawn_file_actions_addopen(&actions, 0, terminal.path, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, "\(folder.path)/output", O_WRONLY | O_CREAT, 0o600)
        }
        if terminal == nil {
            posix_spawn_file_actions_addopen(&actions, 2, "\(folder.path)/errors", O_WRONLY | O_CREAT, 0o600)
        } else {
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        // A test's thread may hold signals back, and children inherit that.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // 0x80 is POSIX_SPAWN_SETSID of glibc's spawn.h, which only GNU sources see.
        posix_spawnattr_setflags(&attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let own = ProcessInfo.processInfo.environment.filter { Self.inherited.contains($0.key) }
        let variables = own.merging(environment) { _, new in new }
        // env(1) becomes the program, under the same process id.
        let command = ["/usr/bin/env", "-C", directory, Self.path] + arguments
        var argv = command.map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var identifier = pid_t()
        let code = posix_spawn(&identifier, command[0], &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            throw TestProcess.Failure(description: "\(Self.path): \(String(cString: strerror(code)))")
        }
        processIdentifier = identifier
    }

    /// The last two say where sanitizers put what they find.
    private static let inherited = ["PATH", "HOME", "LANG", "TSAN_OPTIONS", "ASAN_OPTIONS"]

    deinit {
        guard !hasEnded else { return }
        kill(processIdentifier, SIGTERM)
        let end = ContinuousClock.now + .seconds(10)
        while !hasEnded {
            if ContinuousClock.now > end { kill(processIdentifier, SIGKILL) }
            usleep(5_000)
        }
    }

    var output: String { text("output") }
    var errors: String { text("errors") }

    var hasEnded: Bool {
        if status != nil { return true }
        var word: Int32 = 0
        guard waitpid(processIdentifier, &word, WNOHANG) == processIdentifier else { return false }
        let signal = word & 0x7f
        status = signal == 0 ? (word >> 8) & 0xff : 128 + signal
        return true
    }

    func signal(_ number: Int32) { kill(processIdentifier, number) }

    /// Waits for its end.
    func outcome(within seconds: Double = 30) throws -> Outcome {
        try wait(seconds: seconds, "end of metricsd") { hasEnded }
        return Outcome(status: status ?? -1, output: output, errors: errors)
    }

    /// Waits for a condition; a failure quotes what the program said.
    func wait(seconds: Double = 20, _ what: String, until condition: () throws -> Bool) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < end else {
                throw TestProcess.Failure(
                    description: "no \(what) after \(seconds) s; it said:\n\(output)\n\(errors)"
                )
            }
            usleep(20_000)
        }
    }

    private func text(_ name: String) -> String {
        let data = FileManager.default.contents(atPath: "\(folder.path)/\(name)") ?? Data()
        return String(decoding: data, as: UTF8.self)
    }
}

extension String {
    /// Without the empty one behind the last line end.
    var lines: [String] { split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast() }
}
