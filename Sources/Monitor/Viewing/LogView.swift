package import Configuration
import Journal
import LogBatches
import Wire

/// `metricsd logs`: the stored lines of many servers in the order of their times, from the journal's list of batches and the
/// files themselves. It needs no running daemon, and does not disturb one: everything is only read, and a batch that is
/// compressed, moved or removed meanwhile is read on.
///
/// Belongs to one thread.
package final class LogView {
    private let selection: LogSelection
    let output: LineOutput
    private let warn: (String) -> Void
    private let journal: Journal
    private let folder: BatchFolder
    private var commands: CommandView?
    /// The places of names among the output's labels.
    private var labels: [LogName: Int] = [:]
    private var commandLabels: [LogName: Int] = [:]

    // What a view that goes on has to know.
    /// Open batches, and up to where they were shown.
    private var growing: [Int64: BatchStream.Position] = [:]
    /// The newest batch that was there at the last look, and newer ones that were shown all the same.
    private var newest: Int64 = 0
    private var shownNewer: Set<Int64> = []

    /// Batches that could not be read, or not to their end.
    package private(set) var failures = 0

    /// - Parameter warn: told of batches that cannot be read, one line each.
    /// - Throws: where there is nothing to look at.
    @available(*, noasync)
    package init(
        _ configuration: ServerConfiguration,
        _ selection: LogSelection,
        output: LineOutput,
        warn: @escaping (String) -> Void
    ) throws(LogViewError) {
        self.selection = selection
        self.output = output
        self.warn = warn
        folder = BatchFolder(stateDirectory: configuration.stateDirectory)
        do throws(JournalError) {
            journal = try Journal(readingAt: "\(configuration.stateDirectory)/\(Journal.fileName)")
        } catch {
            throw LogViewError(.unavailable, "\(error)")
        }
        let stored = try read { () throws(JournalError) in try journal.storedLogs() }
        try SelectionCheck(configuration, stored: stored).check(selection)
        if !selection.commands.isEmpty { commands = try CommandView(configuration, selection) }
    }

    /// Shows what there is, and with `follows` what comes. Blocks until the end.
    @available(*, noasync)
    package func run() throws(LogViewError) {
        try showStored()
        guard selection.follows else { return }
        while true {
            try output.wait(.milliseconds(500))
            try showNew()
        }
    }

    // MARK: What there is

    private func showStored() throws(LogViewError) {
        newest = try read { () throws(JournalError) in try journal.newestBatch() }
        let names = try read { () throws(JournalError) in try journal.storedLogs() }
            .filter { selection.wants(host: $0.host) && selection.wants(log: $0.log) }
        addLabels(names)
        var batches: [ListedBatch] = []
        for name in names {
            let from = selection.follows ? nil : selection.from
            batches += try read { () throws(JournalError) in
                try journal.listedBatches(of: name, from: from, to: selection.to)
            }
        }
        if selection.follows {
            // Where they are not shown now, what they have now is not shown later either.
            for batch in batches where batch.isOpen { growing[batch.id] = .behind(batch.byteCount) }
            for batch in batches where batch.id > newest { shownNewer.insert(batch.id) }
            batches.removeAll { $0.end <= selection.from ?? $0.start }
        }
        guard let tail = selection.tail else {
            return try show(batches, selection.filter, from: [:], others: try commandStreams(selection.filter), print)
        }
        try showLast(tail, of: batches)
    }

    private func showLast(_ tail: Int, of batches: [ListedBatch]) throws(LogViewError) {
        let latestFirst = batches.sorted { $0.start > $1.start }
        // Where only some lines are wanted, as many may lie far back.
        var share = selection.filter.hasTexts ? 16 : 1
        while true {
            var left = tail.multipliedReportingOverflow(by: share).partialValue
            let first = latestFirst.first { batch in
                left -= Int(clamping: batch.lineCount)
                return left <= 0
            }
            var selection = selection
            if let first { selection.from = max(first.start, selection.from ?? first.start) }
            var last = LastLines(limit: tail)
            let near = batches.filter { $0.end > selection.from ?? $0.start }
            try show(near, selection.filter, from: [:], others: try commandStreams(selection.filter)) {
                last.append($0.line, at: $0.time, from: $0.label)
            }
            if last.count >= tail || first == nil {
                for line in last.inOrder {
                    try line.bytes.withUnsafeBufferPointer { bytes throws(LogViewError) in
                        try output.write(UnsafeRawBufferPointer(bytes), at: line.time, from: line.label)
                    }
                }
                return try output.flush()
            }
            commands?.forget()
            share *= 16
        }
    }

    // MARK: What comes

    private func showNew() throws(LogViewError) {
        let listed = try read { () throws(JournalError) in
            try journal.listedBatches(since: newest, grown: growing.keys)
        }
        let wanted = listed.filter { selection.wants(host: $0.name.host) && selection.wants(log: $0.name.log) }
        let known = growing
        growing = [:]
        var grown: [ListedBatch] = []
        for batch in wanted where known[batch.id] != nil || !shownNewer.contains(batch.id) {
            let position = known[batch.id] ?? .beginning
            if batch.isOpen { growing[batch.id] = position }
            if batch.byteCount > position.seen { grown.append(batch) }
        }
        newest = max(newest, listed.map(\.id).max() ?? newest)
        shownNewer = []
        let others = try commandStreams(selection.filter)
        guard !grown.isEmpty || !others.isEmpty else { return }
        addLabels(grown.map(\.name))
        try show(grown, selection.filter, from: known, others: others, print)
    }

    // MARK: Merging

    private func print(_ stream: any LineStream) throws(LogViewError) {
        try output.write(stream.line, at: stream.time, from: stream.label)
    }

    /// - Parameter positions: where reading begins, for those that were read before.
    private func show(
        _ batches: [ListedBatch],
        _ filter: LineFilter,
        from positions: [Int64: BatchStream.Position],
        others: [any LineStream],
        _ body: (any LineStream) throws -> Void
    ) throws(LogViewError) {
        let sources = batches.map { batch in
            BatchMerge.Source(id: batch.id, label: labels[batch.name] ?? 0, start: batch.start.milliseconds)
        }
        var merge = BatchMerge(sources, others: others) { [self] source in
            guard let batch = try journal.batch(source.id) else { return nil }
            do throws(BatchError) {
                return try BatchStream(
                    batch,
                    label: source.label,
                    in: folder,
                    from: positions[batch.id] ?? .beginning,
                    filter: filter,
                    // What fails stays in the buffer, and fails again with the next line or at the end.
                    hasRead: { [output] in try? output.flushIfOld() },
                    ended: { [self] in ended($0, $1) }
                )
            } catch {
                ended(batch, .failed(error))
                return nil
            }
        }
        do {
            try merge.run(body)
        } catch let error as LogViewError {
            throw error
        } catch {
            try? output.flush()
            throw LogViewError(.unavailable, "\(error)")
        }
        try output.flush()
    }

    private func ended(_ batch: LogBatch, _ ending: BatchStream.Ending) {
        switch ending {
        case .whole(let position):
            growing[batch.id] = selection.follows && batch.state == .open ? position : nil
        case .failed(let error):
            growing[batch.id] = nil
            // Removed after its retention, just now.
            if (try? journal.batch(batch.id)) == .some(nil) { return }
            failures += 1
            warn("\(batch.host): log \(batch.log): \(error)")
        }
    }

    private func commandStreams(_ filter: LineFilter) throws(LogViewError) -> [any LineStream] {
        // Taken out meanwhile: the labels are this view's, too.
        guard var view = commands else { return [] }
        let streams = try view.streams(filter) { name in
            if let label = commandLabels[name] { return label }
            commandLabels[name] = output.labels.count
            output.add([name], areCommands: true)
            return output.labels.count - 1
        }
        commands = view
        return streams
    }

    private func addLabels(_ names: [LogName]) {
        let first = output.labels.count
        var new: [LogName] = []
        for name in names where labels[name] == nil {
            labels[name] = first + new.count
            new.append(name)
        }
        if !new.isEmpty { output.add(new) }
    }

    private func read<Value>(_ body: () throws(JournalError) -> Value) throws(LogViewError) -> Value {
        do throws(JournalError) {
            return try body()
        } catch {
            throw LogViewError(.unavailable, "\(error)")
        }
    }
}
