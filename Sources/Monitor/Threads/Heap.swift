import CLinux

/// glibc's allocator, set for hundreds of threads that each hold little (`man 3 mallopt`, `man 3 malloc_trim`).
enum Heap {
    /// Lets all threads share two arenas. By default there are eight for each processor core, and what one thread
    /// frees in its arena no thread of another can use. To be called before the threads are started.
    static func shareArenas() {
        mallopt(M_ARENA_MAX, 2)
    }

    /// Gives free pages back to the system. Blocks for some milliseconds.
    ///
    /// Logging in and placing the probe need ten times the memory that a connection needs then.
    static func trim() {
        malloc_trim(0)
    }
}
