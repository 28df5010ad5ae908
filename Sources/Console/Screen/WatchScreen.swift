import AccessLogs
package import Wire

/// What `watch` shows on a terminal, as lines: title, state of the alert, chart, what came lately beside what came in all,
/// and the newest alerts. What finds no room is left out from the least important on.
package struct WatchScreen {
    package let rows: Int
    package let columns: Int
    package let utf8: Bool

    package init(rows: Int, columns: Int, utf8: Bool) {
        self.rows = rows
        self.columns = columns
        self.utf8 = utf8
    }

    package func lines(of watch: LogWatch, at now: Timestamp) -> [StyledLine] {
        let head = [title(of: watch, at: now), state(of: watch)] + chart(of: watch)
        let foot = rows < 8 ? [] : alerts(of: watch) + [footer(of: watch)]
        var lines = head + panels(of: watch, at: now, rows: rows - head.count - foot.count)
        lines += repeatElement(StyledLine(), count: max(rows - lines.count - foot.count, 0))
        return (lines + foot).prefix(rows).map { $0.fitted(to: columns) }
    }

    private func title(of watch: LogWatch, at now: Timestamp) -> StyledLine {
        let format = columns >= 60 ? "\(watch.format ?? "no line yet")  " : ""
        let right = "\(format)\(now.clockText) "
        // Of a long path the end tells more.
        var path = Substring(watch.settings.path.printable(utf8: utf8))
        let room = max(columns - right.columns - 2, 10)
        if String(path).columns > room { path = path.suffix(room - 1) }
        var line = StyledLine(path.count < watch.settings.path.count ? " ~\(path)" : " \(path)", .title)
        line.pad(to: columns - right.columns, .title)
        line.add(right, .title)
        return line
    }

    private func state(of watch: LogWatch) -> StyledLine {
        let window = NumberText.age(seconds: Int64(watch.alert.windowSeconds))
        let threshold = "\(NumberText.exact(watch.settings.threshold))/s"
        guard watch.condition.isFollowing || watch.condition.last == nil else {
            return StyledLine(" \(watch.condition.text): trying again twice a second", .warning)
        }
        guard let level = watch.level else {
            return StyledLine(" the alert is raised above \(threshold) over \(window)", .dim)
        }
        let average = "\(level.averageText(distinctFrom: watch.settings.threshold))/s over \(window)"
        if let raised = watch.alert.raised {
            return StyledLine(
                " HIGH TRAFFIC: \(average) (alert above \(threshold)), since \(raised.second.clockText)",
                .alarm
            )
        }
        return StyledLine(" normal: \(average) (alert above \(threshold))", .good)
    }

    // MARK: - Chart

    private func chart(of watch: LogWatch) -> [StyledLine] {
        let height = rows >= 40 ? 6 : rows >= 30 ? 4 : rows >= 22 ? 3 : rows >= 16 ? 2 : rows >= 12 ? 1 : 0
        guard height > 0, columns >= 30 else { return [] }
        let labelWidth = 8
        let bars = columns - labelWidth - 1
        // So that several windows fit, in spans that people count by.
        let wanted = max(Double(watch.alert.windowSeconds) * 3 / Double(bars), 1)
        let width = [1, 2, 5, 10, 15, 30, 60, 120].first { Double($0) >= wanted } ?? 300
        let rates = watch.history.rates(width: width, count: bars)
        let threshold = watch.settings.threshold
        let top = Chart.roundTop(max(rates.max() ?? 0, threshold <= 0 ? 1 : threshold))
        let drawn = Chart.rows(rates, top: top, rows: height, utf8: utf8)
        let left = bars - rates.count
        var lines: [StyledLine] = []
        for (row, characters) in drawn.enumerated() {
            let label = row == 0 ? "\(NumberText.exact(top))/s" : row == height - 1 ? "0" : ""
            var line = StyledLine(String(repeating: " ", count: max(labelWidth - 2 - label.columns, 0)) + label, .dim)
            line.add(utf8 ? " ┤" : " |", .dim)
            line.add(String(repeating: " ", count: left))
            // Neighbours of the same colour in one piece.
            var place = 0
            while place < rates.count {
                let isHigh = rates[place] > threshold
                let end = rates[place...].firstIndex { ($0 > threshold) != isHigh } ?? rates.count
                line.add(String(characters[place..<end]), isHigh ? .alarm : .accent)
                place = end
            }
            lines.append(line)
        }
        let span = NumberText.age(seconds: Int64(bars * width))
        var axis = StyledLine(String(repeating: " ", count: labelWidth) + span + " ago", .dim)
        let legend = width == 1 ? "each bar 1 s" : "each bar \(NumberText.age(seconds: Int64(width)))"
        axis.pad(to: max(columns - legend.columns - 1, axis.width + 2))
        axis.add(legend, .dim)
        if height > 1 { lines.append(axis) }
        return lines
    }

    // MARK: - Panels

    private func panels(of watch: LogWatch, at now: Timestamp, rows: Int) -> [StyledLine] {
        guard rows > 0 else { return [] }
        guard let last = watch.last, let all = watch.all else {
            let every = NumberText.age(seconds: watch.settings.every.components.seconds)
            return [StyledLine(" what came is shown every \(every)", .dim)]
        }
        let lastTitle = "last \(NumberText.age(seconds: max(Int64(last.seconds.rounded()), 1)))"
        let hasUnread = all.totals.unread.total > 0
        guard columns >= 72 else { return panel(lastTitle, last, width: columns - 1, rows: rows, hasUnread: hasUnread) }
        let width = (columns - 2) / 2
        let left = panel(lastTitle, last, width: width - 1, rows: rows, hasUnread: hasUnread)
        let right = panel(
            "since \(watch.started.clockText)",
            all,
            width: width - 1,
            rows: rows,
            hasUnread: hasUnread
        )
        return (0..<max(left.count, right.count)).map { row in
            var line = row < left.count ? left[row] : StyledLine()
            guard row < right.count else { return line }
            line.pad(to: width + 1)
            for piece in right[row].pieces { line.add(piece.text, piece.style) }
            return line
        }
    }

    private func panel(_ title: String, _ shown: ShownTotals, width: Int, rows: Int, hasUnread: Bool) -> [StyledLine] {
        let totals = shown.totals
        var lines = rows > 8 ? [StyledLine()] : []
        lines.append(StyledLine(" \(title)", .bold))
        func add(_ label: String, _ facts: [String], _ style: TextStyle = .usual) {
            var line = StyledLine(" \(label)", .dim)
            line.pad(to: 9)
            let wide = facts.joined(separator: "  ")
            line.add(wide.columns > width - 9 ? facts.joined(separator: " ") : wide, style)
            lines.append(line.fitted(to: width))
        }
        let classes = totals.statuses.classes
        let errors = classes.clientErrors + classes.serverErrors
        let errorStyle: TextStyle =
            classes.serverErrors * 20 > totals.hits ? .alarm : errors * 20 > totals.hits ? .warning : .usual
        let bytesRate = shown.seconds > 0 ? Double(totals.bytes) / shown.seconds : 0
        let clients = NumberText.count(totals.clients.count, "client")
        add("hits", ["\(NumberText.count(totals.hits))", "\(NumberText.rate(shown.rate))/s", clients], .bold)
        add("status", totals.statusFacts(NumberText.short))
        add("errors", [totals.errorPercent], errorStyle)
        add("bytes", [NumberText.bytes(totals.bytes), "\(NumberText.bytes(bytesRate))/s"])
        add("methods", shown.methods)
        // Both panels have the same lines, so that they can be read across.
        if hasUnread {
            let unread = totals.unread.byReason.map { "\(NumberText.short($0.lines)) \($0.reason.rawValue)" }
            add("unread", unread.isEmpty ? ["0"] : unread, unread.isEmpty ? .usual : .warning)
        }
        if rows > 14 {
            let request = totals.largest.requests.first
            add("largest", request.map { [NumberText.bytes($0.value), $0.text] } ?? ["-"])
        }
        if rows > 15, let request = totals.slowest.requests.first {
            add("slowest", [NumberText.duration(microseconds: request.value), request.text])
        }
        if rows > lines.count + 4 { lines.append(StyledLine()) }
        lines += sections(shown, width: width, rows: rows - lines.count)
        return lines.prefix(rows).map { utf8 ? $0 : $0.ascii }
    }

    private func sections(_ shown: ShownTotals, width: Int, rows: Int) -> [StyledLine] {
        guard rows > 0, let highest = shown.sections.first?.count else { return [] }
        let counts = shown.sections.prefix(rows).map { NumberText.short($0.count) }
        let countWidth = counts.map(\.columns).max() ?? 0
        let nameWidth = min(max(shown.sections.prefix(rows).map(\.name.columns).max() ?? 0, 8), width * 2 / 5)
        return zip(shown.sections, counts).map { section, count in
            var line = StyledLine(" \(section.name.printable(utf8: utf8).fitted(to: nameWidth))")
            line.pad(to: nameWidth + 2 + countWidth - count.columns)
            line.add(count)
            line.add(" ")
            let room = width - line.width - 1
            let length = Int((Double(section.count) / Double(highest) * Double(room)).rounded())
            line.add(String(repeating: utf8 ? "▪" : "=", count: min(max(length, 1), max(room, 0))), .accent)
            return line
        }
    }

    // MARK: - Alerts

    private func alerts(of watch: LogWatch) -> [StyledLine] {
        let room = rows >= 36 ? 6 : rows >= 22 ? 3 : rows >= 14 ? 2 : 1
        var lines = rows >= 16 ? [StyledLine()] : []
        if watch.changes.isEmpty { lines.append(StyledLine(" no alert so far", .dim)) }
        for change in watch.changes.suffix(room).reversed() {
            lines.append(StyledLine(" \(change.shortText)", change.kind == .raised ? .alarm : .good))
        }
        return lines
    }

    /// The newest that is to be told of the log, and the key.
    private func footer(of watch: LogWatch) -> StyledLine {
        let keys = "q quits "
        var line = StyledLine()
        if let notice = watch.notices.last {
            let text = " \(notice.time.clockText) \(notice.text.printable(utf8: utf8))"
            let isTrouble = !watch.condition.isFollowing && watch.condition.last != nil
            line = StyledLine(text.fitted(to: max(columns - keys.columns - 2, 0)), isTrouble ? .warning : .dim)
        }
        line.pad(to: columns - keys.columns)
        line.add(keys, .dim)
        return line
    }
}

extension HighTrafficAlert.Change {
    /// The sentence with the time of day alone.
    var shortText: String { text.replacing(level.second.rfc3339.prefix(11), with: "") }
}
