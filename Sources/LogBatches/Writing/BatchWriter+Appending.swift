package import AccessLogs
import CLinux
package import Wire

extension BatchWriter {
    /// Appends whole lines to the batches of their windows. Blocks for the disk.
    ///
    /// - Parameters:
    ///   - bytes: the last line may lack its newline, which the file gets.
    ///   - segments: cover the bytes; those without a window go by the arrival, told by the host's clock.
    ///   - header: the `#` lines that the bytes need to be read, where their segments bring none.
    ///   - arrival: by the server's clock.
    ///   - skewMilliseconds: the host's clock minus ours.
    package func append(
        _ bytes: UnsafeRawBufferPointer,
        segments: [LineSegment],
        header: [UInt8] = [],
        arrival: Timestamp,
        skewMilliseconds: Int64
    ) throws(BatchError) {
        let arrivalWindow = window.start(of: arrival.adding(milliseconds: skewMilliseconds))
        let piece = Piece(bytes: bytes, header: header, arrival: arrival, skewMilliseconds: skewMilliseconds)
        try check(segments, cover: bytes.count)
        for segment in segments where !segment.range.isEmpty {
            var start = segment.windowStart ?? arrivalWindow
            if batches.count >= Self.openingLimit, openBatch(from: start) == nil { start = arrivalWindow }
            let index: Int
            if let open = openBatch(from: start) {
                index = open
            } else {
                if batches.count(where: { $0.isOpen }) >= Self.openLimit {
                    try writePending(of: piece)
                    closeOldest(at: arrival)
                }
                index = try open(from: start, piece, header: segment.header)
            }
            // Lines that follow each other are written as one.
            if let last = batches[index].pending.indices.last,
                batches[index].pending[last].range.upperBound == segment.range.lowerBound
            {
                batches[index].pending[last].range =
                    batches[index].pending[last].range.lowerBound..<segment.range.upperBound
                batches[index].pending[last].lines += segment.lines
            } else {
                batches[index].pending.append(segment)
            }
        }
        try writePending(of: piece)
    }

    private struct Piece {
        let bytes: UnsafeRawBufferPointer
        let header: [UInt8]
        let arrival: Timestamp
        let skewMilliseconds: Int64
    }

    /// A line that is in no segment would be lost without a word.
    private func check(_ segments: [LineSegment], cover count: Int) throws(BatchError) {
        var end = 0
        for segment in segments where segment.range.lowerBound == end { end = segment.range.upperBound }
        guard end != count || segments.reduce(0, { $0 + $1.range.count }) != count else { return }
        throw BatchError(
            operation: "append",
            path:
                "\(folder.stateDirectory)/\(BatchFolder.folders(host: host, log: log, place: .waiting).joined(separator: "/"))",
            text: "the lines were cut into segments that do not cover them",
            mend: "This is a fault of metricsd; the lines wait on their host"
        )
    }

    private func openBatch(from start: Timestamp) -> Int? {
        batches.lastIndex {
            $0.batch.windowStart == start && $0.isOpen && $0.batch.windowSeconds == window.seconds
        }
    }

    private func open(from start: Timestamp, _ piece: Piece, header: [UInt8]) throws(BatchError) -> Int {
        let fileName = { [self] (part: Int) -> String in
            name?.fileName(
                prefix: settings.prefix,
                host: host,
                log: log,
                address: address,
                windowStart: start,
                windowSeconds: window.seconds,
                part: part
            ) ?? "\(start.milliseconds)-\(part).log"
        }
        let draft = LogBatch(
            host: host,
            log: log,
            windowStart: start,
            windowSeconds: window.seconds,
            fileName: fileName(1),
            delivery: settings.delivery,
            format: format,
            header: header.isEmpty ? piece.header : header,
            clockSkewMilliseconds: piece.skewMilliseconds,
            openedAt: piece.arrival
        )
        let reserved: LogBatch
        do {
            reserved = try reserve(draft, fileName)
        } catch {
            throw BatchError(
                operation: "begin the batch",
                path: folder.path(of: draft),
                text: "\(error)",
                mend: "Nothing is taken until it succeeds",
                isTransient: true
            )
        }
        batches.append(OpenBatch(reserved, hash: RunningHash(), isWithoutFile: true, turn: nextTurn()))
        return batches.count - 1
    }

    // MARK: Writing

    private func writePending(of piece: Piece) throws(BatchError) {
        // Parts that take the place of altered files come behind the others.
        var index = 0
        while index < batches.count {
            if !batches[index].pending.isEmpty { try write(index, piece) }
            index += 1
        }
    }

    private func write(_ index: Int, _ piece: Piece) throws(BatchError) {
        switch try openToWrite(index) {
        case .ready(let file): try write(index, piece, to: file)
        case .altered(let text):
            let batch = batches[index].batch
            guard !batches[index].hasUnsaved else {
                // Lines that the journal does not have yet would be lost with it: they are read again, and find it so.
                var error = BatchError.altered("append", path: folder.path(of: batch), text: text)
                error.isTransient = true
                throw error
            }
            let pending = batches[index].pending
            batches[index].pending = []
            fail(index, text, at: piece.arrival)
            let further = try open(from: batch.windowStart, piece, header: pending.first?.header ?? [])
            batches[further].pending = pending
        }
    }

    private func write(_ index: Int, _ piece: Piece, to file: OpenFile) throws(BatchError) {
        let pending = batches[index].pending
        var newline = UInt8(ascii: "\n")
        var error: Int32 = 0
        var count = 0
        withUnsafeMutablePointer(to: &newline) { newline in
            var vectors: [iovec] = []
            vectors.reserveCapacity(pending.count + 1)
            for line in pending {
                let bytes = UnsafeRawBufferPointer(rebasing: piece.bytes[line.range])
                vectors.append(
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
                )
                count += bytes.count
                if bytes.last != newline.pointee {
                    vectors.append(iovec(iov_base: newline, iov_len: 1))
                    count += 1
                }
            }
            error = vectors.withUnsafeMutableBufferPointer {
                files_write(file.descriptor, $0.baseAddress, Int32($0.count), batches[index].batch.byteCount)
            }
        }
        batches[index].needsSync = true
        guard error == 0 else {
            let size = batches[index].batch.byteCount
            batches[index].mayHoldMore = files_cut(file.descriptor, size) != 0
            throw BatchError("append", path: folder.path(of: batches[index].batch), number: -error)
        }
        for line in pending {
            let bytes = UnsafeRawBufferPointer(rebasing: piece.bytes[line.range])
            batches[index].hash.update(bytes)
            if bytes.last != newline {
                withUnsafeBytes(of: &newline) { batches[index].hash.update($0) }
            }
            batches[index].batch.lineCount += UInt64(max(line.lines, 0))
        }
        batches[index].pending = []
        batches[index].turn = nextTurn()
        batches[index].batch.byteCount += UInt64(count)
        batches[index].batch.appendedAt = piece.arrival
        batches[index].batch.clockSkewMilliseconds = piece.skewMilliseconds
    }

    // MARK: Ending

    private func closeOldest(at now: Timestamp) {
        let open = batches.indices.filter { batches[$0].isOpen }
        guard let oldest = open.min(by: { batches[$0].turn < batches[$1].turn }) else { return }
        close(oldest, at: now)
    }
}
