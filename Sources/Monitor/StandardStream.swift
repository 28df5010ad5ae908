import Glibc

/// Standard output and standard error by `write(2)`, unbuffered.
///
/// Foundation's `FileHandle` ends the program when a write fails. A reader that went away (`| head`, a closed window,
/// a log collector that was restarted) is no reason for a monitor to end.
package enum StandardStream: Int32, Sendable {
    case output = 1
    case errors = 2

    /// Blocks while a pipe's reader is slow. What cannot be written is dropped.
    package func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[written...])
                let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Somebody who shares the terminal made it non-blocking.
                    var request = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                    guard poll(&request, 1, 1_000) > 0 else { return }
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
