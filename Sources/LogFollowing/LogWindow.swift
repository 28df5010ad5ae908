import CLinux

/// The memory that one request reads into: the bytes right before a file's offset, and those behind it.
final class LogWindow {
    /// Bytes behind the offset that fit.
    let capacity: Int
    private let memory: UnsafeMutableRawBufferPointer
    /// Bytes behind the offset that are wanted now, at most the capacity.
    var limit: Int
    /// Bytes before the offset.
    var tailCount = 0
    /// Bytes behind it.
    var count = 0
    /// The file has no more behind those.
    var reachesEnd = false

    init(capacity: Int) {
        self.capacity = capacity
        limit = capacity
        memory = .allocate(byteCount: ContentHash.limit + capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// Where to read to, the tail first.
    var target: UnsafeMutableRawBufferPointer { memory }

    /// The tail and the bytes behind the offset, one behind the other.
    var everything: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<(tailCount + count)]) }

    var tail: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<tailCount]) }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[tailCount..<(tailCount + count)]) }
}
