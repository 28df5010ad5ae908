import Glibc

/// The lines of a piece of a log, without their newline. What stands behind the last newline is a line as well; an empty
/// rest is none.
///
/// `AccessLogParser` refuses a line above its limit, so that this need not look at lengths.
package struct Lines: Sequence, IteratorProtocol {
    // The caller's buffer, which has to outlive the iteration.
    private var rest: UnsafeRawBufferPointer

    package init(in bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    @inline(__always)
    package mutating func next() -> UnsafeRawBufferPointer? {
        guard let base = rest.baseAddress, rest.count > 0 else { return nil }
        guard let newline = memchr(base, 0x0A, rest.count) else {
            defer { rest = UnsafeRawBufferPointer(start: nil, count: 0) }
            return rest
        }
        let length = UnsafeRawPointer(newline) - base
        let line = UnsafeRawBufferPointer(start: base, count: length)
        rest = UnsafeRawBufferPointer(start: base + length + 1, count: rest.count - length - 1)
        return line
    }
}
