/// The lines of many batches in the order of their times: a streaming k-way merge. What is read is open, some tens of
/// kilobytes each: the batches whose time it is. Lines of one time come in the order of their sources, those of one file as
/// they stand there.
///
/// Within a file lines may be out of order (a server writes a request when it is over); such a line comes right behind those
/// before it.
package struct BatchMerge {
    /// A batch that is to be opened when its time comes.
    package struct Source: Equatable, Sendable {
        /// The batch's.
        package var id: Int64
        /// See `LineStream.label`.
        package var label: Int
        /// None of its lines is before it, in milliseconds since 1970 by the server's clock.
        package var start: Int64

        package init(id: Int64, label: Int, start: Int64) {
            self.id = id
            self.label = label
            self.start = start
        }
    }

    private struct Entry {
        var key: Int64
        var order: Int
        /// In `streams`.
        var place: Int

        @inline(__always)
        func isBefore(_ other: Entry) -> Bool { key != other.key ? key < other.key : order < other.order }
    }

    /// The next one last.
    private var waiting: [(source: Source, order: Int)]
    private let open: (Source) throws -> (any LineStream)?
    private var heap: [Entry] = []
    private var streams: [(any LineStream)?] = []
    /// Places in `streams` without one.
    private var vacant: [Int] = []
    /// Of something else than batches, not begun yet.
    private var others: [any LineStream]

    /// - Parameters:
    ///   - sources: in the order in which lines of one time come.
    ///   - others: streams of something else, behind the batches where times are equal.
    ///   - open: nil for a batch that is not there any more.
    package init(
        _ sources: [Source],
        others: [any LineStream] = [],
        open: @escaping (Source) throws -> (any LineStream)?
    ) {
        self.others = others
        self.open = open
        waiting = sources.enumerated().map { (source: $0.element, order: $0.offset) }
        waiting.sort { ($0.source.start, $0.order) > ($1.source.start, $1.order) }
    }

    /// Gives every wanted line to `body`, whose stream is at it. Blocks for what they come from.
    /// - Parameter body: what it throws ends the merge.
    package mutating func run(_ body: (any LineStream) throws -> Void) throws {
        for (place, stream) in others.enumerated() { try begin(stream, order: .max - others.count + place) }
        others = []
        while try openDue() {
            let first = heap[0]
            guard let stream = streams[first.place] else { return }
            // Lines of one stream, as long as none of another comes before them.
            let rival = rival
            let opening = waiting.last?.source.start ?? .max
            var isOver = false
            repeat {
                try body(stream)
                isOver = try !stream.advance()
                heap[0].key = stream.key
            } while !isOver && stream.key < opening && heap[0].isBefore(rival)
            if isOver {
                removeFirst()
            } else {
                siftDown()
            }
        }
    }

    /// Opens the batches whose time has come.
    /// - Returns: false when there is nothing more.
    private mutating func openDue() throws -> Bool {
        while let next = waiting.last, heap.isEmpty || next.source.start <= heap[0].key {
            waiting.removeLast()
            if let stream = try open(next.source) { try begin(stream, order: next.order) }
        }
        return !heap.isEmpty
    }

    private mutating func begin(_ stream: any LineStream, order: Int) throws {
        guard try stream.advance() else { return }
        let place = vacant.popLast() ?? streams.count
        if place == streams.count { streams.append(nil) }
        streams[place] = stream
        insert(Entry(key: stream.key, order: order, place: place))
    }

    // MARK: Heap

    /// The least but the first.
    private var rival: Entry {
        guard heap.count > 1 else { return Entry(key: .max, order: .max, place: 0) }
        return heap.count > 2 && heap[2].isBefore(heap[1]) ? heap[2] : heap[1]
    }

    private mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var place = heap.count - 1
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        let place = heap.removeLast().place
        streams[place] = nil
        vacant.append(place)
        siftDown()
    }

    private mutating func siftDown() {
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
