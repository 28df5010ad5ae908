import CLinux
import Dispatch
import Glibc
import Synchronization

/// A POSIX thread with a name that `ps -L` and `top -H` show, a stack of a stated size, and an owner who joins it.
///
/// Foundation's `Thread` can be named but not joined; host threads need both, and a stack far below the default 8 MB.
package final class NamedThread: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Threads started and not yet joined, for tests that no thread leaks.
    package static var unjoined: Int { count.load(ordering: .relaxed) }
    private static let count = Atomic<Int>(0)

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        let end: DispatchSemaphore

        init(name: String, run: @escaping @Sendable () -> Void, end: DispatchSemaphore) {
            self.name = name
            self.run = run
            self.end = end
        }
    }

    private let thread: pthread_t
    /// Signalled once, as the last thing that the thread does. glibc's `pthread_clockjoin_np` would need nothing of the
    /// kind, but the thread sanitizer does not know it.
    private let end = DispatchSemaphore(value: 0)
    private let isJoined = Atomic<Bool>(false)

    /// - Parameters:
    ///   - name: cut to 15 bytes, the kernel's limit (`man 2 prctl`, PR_SET_NAME).
    ///   - stackBytes: reserved address space; only touched pages become resident.
    /// - Throws: `Failure` when the system refuses another thread.
    package init(name: String, stackBytes: Int = 512 * 1024, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)

        // The new thread takes over the retained box; it is released there, or here when no thread came to be.
        let body = Body(name: name, run: body, end: end)
        let box = Unmanaged.passRetained(body)
        var handle = pthread_t()
        let code = pthread_create(
            &handle,
            &attributes,
            { argument in
                // pthread_create hands over exactly the pointer made above.
                let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                _ = linux_set_thread_name(String(decoding: body.name.utf8.prefix(15), as: UTF8.self))
                body.run()
                body.end.signal()
                return nil
            },
            box.toOpaque()
        )
        guard code == 0 else {
            box.release()
            throw Failure(
                description: "cannot start the thread \(name): \(String(cString: strerror(code))); raise the limit on "
                    + "processes (ulimit -u, TasksMax= of systemd)"
            )
        }
        thread = handle
        Self.count.add(1, ordering: .relaxed)
    }

    /// Blocks until the thread has ended. Later calls return at once.
    @available(*, noasync)
    package func join() {
        guard isJoined.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        pthread_join(thread, nil)
        Self.count.subtract(1, ordering: .relaxed)
    }

    /// Blocks until the thread has ended, but not beyond the deadline. To be called by one thread at a time.
    ///
    /// - Returns: whether it has; if not, the thread goes on and may be joined later.
    @available(*, noasync)
    package func join(until deadline: ContinuousClock.Instant) -> Bool {
        guard !isJoined.load(ordering: .acquiring) else { return true }
        while true {
            let left = min(max(.zero, ContinuousClock.now.duration(to: deadline)), .seconds(3_600))
            if end.wait(timeout: .now() + .nanoseconds(Int(left.nanoseconds))) == .success { break }
            // Dispatch's clock stands still while the machine is suspended.
            guard ContinuousClock.now < deadline else { return false }
        }
        // At its last instructions.
        pthread_join(thread, nil)
        isJoined.store(true, ordering: .releasing)
        Self.count.subtract(1, ordering: .relaxed)
        return true
    }

    deinit {
        // Nobody waits for it any more; its resources go when it ends.
        if !isJoined.load(ordering: .acquiring) {
            pthread_detach(thread)
            Self.count.subtract(1, ordering: .relaxed)
        }
    }
}
