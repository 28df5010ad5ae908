import Wire

extension BatchName {
    /// Why two windows would have one name, with the mend, as a sentence without a full stop; nil where none would. Years
    /// of two digits count as enough.
    ///
    /// Nil too for a pattern that is none, and a length that is not allowed.
    package static func findings(pattern: String, window: Duration) -> String? {
        guard let name = try? BatchName(pattern), BatchWindow.isAllowed(window) else { return nil }
        let seconds = Int(window.components.seconds)
        // The smallest step that the name does not show is the one that soonest meets a name again.
        guard let missing = name.missingFields(seconds: seconds).last else { return nil }
        let (first, second) = Self.meeting(missing, seconds: seconds)
        let shared = name.example(first, seconds)
        let addition = name.addition(seconds: seconds)
        return "the batches from \(first.rfc3339Seconds) and from \(second.rfc3339Seconds) would both be called "
            + "\(shared); add \(addition)"
    }

    /// Of those that tell windows of this length apart: coarser fields before finer ones.
    private func missingFields(seconds: Int) -> [TimeField] {
        var shown: Set<TimeField> = []
        for case .time(let tokens) in pieces {
            for case .field(let field) in tokens { shown.insert(field) }
        }
        if shown.contains(.shortYear) { shown.insert(.year) }
        // Starts that are an hour apart or more never share an hour.
        var needed: [TimeField] = [.year, .month, .day]
        if seconds < 86_400 { needed.append(.hour) }
        if seconds < 3_600 { needed.append(.minute) }
        if seconds < 60 { needed.append(.second) }
        return needed.filter { !shown.contains($0) }
    }

    private func addition(seconds: Int) -> String {
        let missing = missingFields(seconds: seconds)
        if missing == [.minute] { return "{mm-mm}" }
        return "{\(missing.map { $0 == .year ? "yy" : $0.rawValue }.joined())}"
    }

    /// Two starts that differ in nothing but the field (and in coarser ones never).
    private static func meeting(_ field: TimeField, seconds: Int) -> (Timestamp, Timestamp) {
        // 2026-01-01T00:00:00Z
        let first: Int64 = 1_767_225_600_000
        let day: Int64 = 86_400_000
        let distance: Int64 =
            switch field {
            case .year, .shortYear: 365 * day
            case .month: 31 * day
            case .day: day
            case .hour, .minute, .second: Int64(seconds) * 1_000
            }
        return (Timestamp(milliseconds: first), Timestamp(milliseconds: first + distance))
    }

    private func example(_ start: Timestamp, _ seconds: Int) -> String {
        fileName(
            prefix: "access",
            host: "web-1",
            log: "access",
            address: "192.0.2.11",
            windowStart: start,
            windowSeconds: seconds,
            part: 1
        )
    }
}
