import Glibc

/// Puts the terminal back when the program crashes or exits while it draws: who gets a shell without echo in an alternate
/// screen may not know how to get out.
enum TerminalRescue {
    // A signal handler takes no lock (`man 7 signal-safety`), so what it reads is plain memory. All of it is written by the
    // one thread that draws.

    // Unsafe but sound: written by `remember`, before `arm` lets a handler read it.
    nonisolated(unsafe) private static let modes = UnsafeMutablePointer<termios>.allocate(capacity: 1)
    // Unsafe but sound: a handler only gives back the entry that was written when it was installed.
    nonisolated(unsafe) private static let handlers = UnsafeMutablePointer<sigaction>.allocate(capacity: crashes.count)
    // Unsafe but sound: written with `modes`.
    nonisolated(unsafe) private static var hasModes = false
    // Unsafe but sound: one word, and what it points at is never freed; a handler sees the text or none.
    nonisolated(unsafe) private static var sequence: UnsafeMutablePointer<CChar>?
    // Unsafe but sound: no handler reads it.
    nonisolated(unsafe) private static var isRegistered = false

    private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGQUIT]

    /// Before the terminal is changed.
    static func remember() {
        hasModes = tcgetattr(STDIN_FILENO, modes) == 0
    }

    static func arm(with text: String) {
        sequence = strdup(text)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            TerminalRescue.restore()
            // Swift's own handlers print where it happened. They get it when this one returns.
            TerminalRescue.handBack()
            raise(number)
        }
        // A stack that overflowed has no room for a handler.
        action.sa_flags = SA_ONSTACK
        for (place, number) in crashes.enumerated() { sigaction(number, &action, handlers + place) }
        if !isRegistered {
            isRegistered = true
            atexit { TerminalRescue.restore() }
        }
    }

    static func disarm() {
        // Kept in memory: a handler that is running may read it.
        sequence = nil
        handBack()
    }

    private static func handBack() {
        for (place, number) in crashes.enumerated() { sigaction(number, handlers + place, nil) }
    }

    /// Calls only what a signal handler may (`man 7 signal-safety`).
    private static func restore() {
        guard let sequence else { return }
        _ = write(STDOUT_FILENO, sequence, strlen(sequence))
        if hasModes { tcsetattr(STDIN_FILENO, TCSANOW, modes) }
    }
}
