import Glibc

/// Puts the terminal back when the program crashes or exits while it draws: who gets a shell without echo in an alternate
/// screen may not know how to get out.
enum TerminalRescue {
    // Plain memory that a signal handler may read: it is written before the handler is armed, on the thread that draws.
    nonisolated(unsafe) private static let modes = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    nonisolated(unsafe) private static var hasModes = false
    nonisolated(unsafe) private static var sequence: UnsafeMutablePointer<CChar>?
    nonisolated(unsafe) private static var isRegistered = false

    private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP]

    /// Before the terminal is changed.
    static func remember() {
        hasModes = tcgetattr(STDIN_FILENO, modes) == 0
    }

    static func arm(with text: String) {
        sequence = strdup(text)
        for number in crashes {
            signal(number) { number in
                TerminalRescue.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        if !isRegistered {
            isRegistered = true
            atexit { TerminalRescue.restore() }
        }
    }

    static func disarm() {
        for number in crashes { signal(number, SIG_DFL) }
        // Kept: a handler that is running may read it.
        sequence = nil
    }

    /// Calls only what a signal handler may (`man 7 signal-safety`).
    private static func restore() {
        guard let sequence else { return }
        _ = write(STDOUT_FILENO, sequence, strlen(sequence))
        if hasModes { tcsetattr(STDIN_FILENO, TCSANOW, modes) }
    }
}
