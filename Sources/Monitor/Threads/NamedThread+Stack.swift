import CLinux
import Glibc

extension NamedThread {
    /// Gives back the pages of the calling thread's stack that its present depth does not need (`man 2 madvise`).
    ///
    /// A login goes several times deeper than a poll, and hundreds of threads would keep those pages.
    static func releaseUnusedStack() {
        var attributes = pthread_attr_t()
        guard pthread_getattr_np(pthread_self(), &attributes) == 0 else { return }
        defer { pthread_attr_destroy(&attributes) }
        var lowest: UnsafeMutableRawPointer?
        var size = 0
        guard pthread_attr_getstack(&attributes, &lowest, &size) == 0, let lowest else { return }
        // A variable of this frame tells how deep it lies: it has bytes, hence an address. What madvise itself needs is
        // well within the margin.
        let margin = 4 * 1_024
        let unused = withUnsafeBytes(of: &size) {
            lowest.distance(to: UnsafeMutableRawPointer(mutating: $0.baseAddress!)) - margin
        }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard unused >= page else { return }
        madvise(lowest, unused / page * page, MADV_DONTNEED)
    }
}
