import CLinux
import CZlib

#if !hasFeature(Embedded)
    import Wire
#endif

/// Unpacks a file that gzip made (RFC 1952), several members one behind the other included.
///
/// It only goes forward, so it keeps what was unpacked and not taken, and the bytes before that.
final class GzipReader {
    /// Bytes unpacked at once on the way to an offset: some milliseconds of work.
    private static let stride = 4 << 20
    private static let inputSize = 32 << 10

    private enum State { case unpacking, ended, incomplete }

    private let descriptor: Int32
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutablePointer<UInt8>
    private var inputOffset: UInt64 = 0
    private var state = State.unpacking
    private var isBroken = false

    /// Of `rest`, in the unpacked file.
    private var offset: UInt64 = 0
    /// Bytes right before it, at most 1 KiB.
    private var tail: [UInt8] = []
    /// Unpacked and not taken.
    private var rest: [UInt8] = []
    /// The cursor's head, gathered on the way to its offset.
    private var head: [UInt8] = []
    private var isVerified = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = .allocate(capacity: Self.inputSize)
        isBroken = gzip_inflate_start(stream) != Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// All of it is unpacked, and it was whole.
    var hasEnded: Bool { state == .ended }

    /// It ends before it should, or is broken.
    var isIncomplete: Bool { state == .incomplete }

    /// Fills the window from the cursor's offset on. On the way there the file is unpacked in strides.
    func fill(_ window: LogWindow, at cursor: LogCursor) -> LogFile.Filling {
        // Its own offset: after a cursor of the past it is unpacked anew.
        guard offset <= cursor.offset else { return .changed }
        var left = Self.stride
        while offset < cursor.offset {
            guard left > 0 else { return .working }
            let wanted = Int(min(UInt64(window.limit), cursor.offset - offset))
            let count = unpack(to: UnsafeMutableRawBufferPointer(rebasing: window.target[..<wanted]))
            guard count > 0 else { return state == .ended ? .changed : .incomplete }
            let bytes = UnsafeRawBufferPointer(rebasing: window.target[..<count])
            gatherHead(bytes, for: cursor)
            pass(bytes)
            left -= count
        }
        read(window)
        if isVerified { return .filled }
        let wanted = UInt64(window.count) + offset
        if wanted < cursor.headStart + UInt64(cursor.headLength), !hasEnded { return .incomplete }
        gatherHead(window.bytes, for: cursor)
        guard matches(cursor) else { return .changed }
        isVerified = true
        head = []
        return .filled
    }

    /// Moves behind the first bytes of what lies behind the offset.
    func take(_ count: Int) {
        rest.withUnsafeBytes { pass(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        rest.removeFirst(count)
    }

    private func read(_ window: LogWindow) {
        if rest.count < window.limit {
            let missing = window.limit - rest.count
            var count = 0
            while count < missing {
                let more = unpack(to: UnsafeMutableRawBufferPointer(rebasing: window.target[count..<missing]))
                if more == 0 { break }
                count += more
            }
            rest.append(contentsOf: UnsafeRawBufferPointer(rebasing: window.target[..<count]))
        }
        window.tailCount = tail.count
        window.count = min(rest.count, window.limit)
        window.reachesEnd = rest.count < window.limit
        window.target.copyBytes(from: tail)
        UnsafeMutableRawBufferPointer(rebasing: window.target[tail.count...]).copyBytes(from: rest.prefix(window.count))
    }

    /// Moves behind bytes that have been unpacked.
    private func pass(_ bytes: UnsafeRawBufferPointer) {
        offset += UInt64(bytes.count)
        if bytes.count < ContentHash.limit {
            tail.removeFirst(max(0, tail.count + bytes.count - ContentHash.limit))
            tail.append(contentsOf: bytes)
        } else {
            tail = Array(bytes.suffix(ContentHash.limit))
        }
    }

    private func gatherHead(_ bytes: UnsafeRawBufferPointer, for cursor: LogCursor) {
        let start = cursor.headStart + UInt64(head.count)
        let wanted = Int(cursor.headLength) - head.count
        guard wanted > 0, start >= offset, start < offset + UInt64(bytes.count) else { return }
        head.append(contentsOf: bytes[Int(start - offset)...].prefix(wanted))
    }

    private func matches(_ cursor: LogCursor) -> Bool {
        let isHead = head.withUnsafeBytes { ContentHash.of($0) == cursor.headHash }
        let isTail = tail.withUnsafeBytes {
            ContentHash.of(UnsafeRawBufferPointer(rebasing: $0.suffix(Int(cursor.tailLength)))) == cursor.tailHash
        }
        return isHead && isTail
    }

    /// Unpacks some bytes; none at the end, and where the file is broken or not complete yet.
    private func unpack(to target: UnsafeMutableRawBufferPointer) -> Int {
        guard !isBroken, state != .ended, let base = target.baseAddress, !target.isEmpty else { return 0 }
        stream.pointee.next_out = base.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(target.count)
        while stream.pointee.avail_out == UInt32(target.count) {
            let hasInput = stream.pointee.avail_in > 0 || readInput()
            state = .unpacking
            // Without input too: what came before may stand for more than had room.
            let code = inflate(stream, Z_NO_FLUSH)
            if code == Z_STREAM_END {
                if !beginMember() {
                    state = .ended
                    break
                }
            } else if code == Z_BUF_ERROR, !hasInput {
                state = .incomplete
                break
            } else if code != Z_OK {
                isBroken = true
                state = .incomplete
                break
            }
        }
        return target.count - Int(stream.pointee.avail_out)
    }

    /// Goes on with a further member. Anything else behind a member is padding, as for gzip itself.
    private func beginMember() -> Bool {
        if stream.pointee.avail_in == 0, !readInput() { return false }
        guard stream.pointee.next_in.pointee == 0x1F else { return false }
        return inflateReset(stream) == Z_OK
    }

    private func readInput() -> Bool {
        let count = logs_read(descriptor, input, Self.inputSize, inputOffset)
        guard count > 0 else { return false }
        inputOffset += UInt64(count)
        stream.pointee.next_in = input
        stream.pointee.avail_in = UInt32(count)
        return true
    }
}
