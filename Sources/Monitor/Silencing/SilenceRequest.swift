import Alerts
package import Configuration
import Foundation
import Journal
package import Wire

/// What `metricsd silence` does: writes into the journal, where a running metricsd looks every second. Works while none runs,
/// too; its next start takes it over.
package struct SilenceRequest {
    /// What was asked for cannot be: one line with the mend.
    package struct Refusal: Error, CustomStringConvertible {
        package let description: String
    }

    /// Longer than that nobody remembers it.
    package static let longest = Duration.seconds(366 * 86_400)
    private static let longestReason = 300

    private let configuration: ServerConfiguration

    package init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
    }

    /// When a silence ends that is asked for in one of two ways.
    package enum End {
        /// `2h`
        case duration(String)
        /// `22:00`, `2026-12-01 22:00`
        case moment(String)
    }

    /// - Returns: what to tell who asked.
    /// - Throws: `Refusal`; `JournalError`.
    package func add(
        host: String,
        type: String?,
        end: End,
        reason: String,
        author: String,
        now: Timestamp = .now
    ) throws -> String {
        try check(host: host)
        if let type { try check(type: type) }
        let reason = reason.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !reason.isEmpty, reason.count <= Self.longestReason else {
            throw Refusal(description: "the reason must not be empty, nor longer than \(Self.longestReason) characters")
        }
        var silence = StoredSilence(
            host: host,
            type: type,
            from: now,
            until: try moment(end, now: now),
            isDuration: { if case .duration = end { true } else { false } }(),
            reason: reason,
            author: author
        )
        silence.id = try journal().add(silence)
        let left = ValueText.duration(milliseconds: silence.until.milliseconds - now.milliseconds)
        return """
            silence \(silence.id): nobody is told of \(type ?? "any alert") of \(host) until \
            \(Silencing.Hold.text(silence.until)) (\(left)). What still fires then is told then. Sooner: metricsd \
            silence --end \(silence.id)
            """
    }

    /// - Returns: what to tell who asked.
    /// - Throws: `Refusal` where there is no such silence; `JournalError`.
    package func end(_ id: Int64, now: Timestamp = .now) throws -> String {
        let journal = try journal()
        guard try !journal.endSilence(id, at: now) else {
            return try "silence \(id) is over; \(rest(behind: id, in: journal, now: now))"
        }
        guard let silence = try journal.silence(id) else {
            throw Refusal(description: "there is no silence \(id). `metricsd silence --list` shows those that hold.")
        }
        let end = silence.endedAt ?? silence.until
        throw Refusal(description: "silence \(id) is over already, since \(end.utcText) UTC")
    }

    /// What becomes of the alerts that a silence took.
    private func rest(behind id: Int64, in journal: Journal, now: Timestamp) throws -> String {
        guard let ended = try journal.silence(id) else { return "what still fires is told now" }
        let names = configuration.watched.map(\.name) + [ServiceAlerts.host]
        let hosts = names.filter(Glob(ended.host).matches)
        let others = try journal.activeSilences(at: now).filter { other in
            let isOfType = other.type == nil || ended.type == nil || other.type == ended.type
            return other.id != id && isOfType && hosts.contains(where: Glob(other.host).matches)
        }
        guard !others.isEmpty else { return "what still fires is told now" }
        let list = others.map { "\($0.id)" }.joined(separator: ", ")
        return "what still fires is told now, except for what is still silenced by \(list)"
    }

    /// What holds now, as text that ends with a line end.
    package func list(now: Timestamp = .now) throws -> String {
        let journal = try Journal(readingAt: path)
        let table = SilencesTable(configuration, try journal.activeSilences(at: now), at: now)
        return table.isEmpty ? "nothing is silenced\n" : table.render(now: now)
    }

    /// Whether a metricsd runs that takes it over at once.
    package var isRunning: Bool { StateDirectoryLock.owner(of: configuration.stateDirectory) != .none }

    private var path: String { "\(configuration.stateDirectory)/\(Journal.fileName)" }

    /// Brings one of an earlier version up to date where nobody else will.
    private func journal() throws -> Journal {
        do throws(JournalError) {
            return try Journal(joiningAt: path)
        } catch {
            guard error.kind == .olderSchema, !isRunning else { throw error }
            let lock = try StateDirectoryLock(directory: configuration.stateDirectory)
            defer { withExtendedLifetime(lock) {} }
            _ = try Journal(at: path)
            return try Journal(joiningAt: path)
        }
    }

    // MARK: Checks

    private func check(host: String) throws {
        let names = configuration.watched.map(\.name) + [ServiceAlerts.host]
        guard !names.contains(where: Glob(host).matches) else { return }
        guard host.contains(where: { "*?\\".contains($0) }) else {
            let meant = NearestMatch.of(host, in: names).map { "; did you mean '\($0)'?" } ?? ""
            throw Refusal(
                description: "there is no host '\(LogfmtHandler.oneLine(host))' in \(configuration.file)\(meant)"
            )
        }
        throw Refusal(
            description:
                "no host of \(configuration.file) matches '\(LogfmtHandler.oneLine(host))'; in a pattern * stands "
                + "for any characters and ? for one"
        )
    }

    private func check(type: String) throws {
        let commands = Set(configuration.hosts.flatMap { $0.commands.map(\.name) })
        let known = AlertTypes.all(commands: commands)
        guard !known.contains(type) else { return }
        let meant = NearestMatch.of(type, in: known).map { "; did you mean '\($0)'?" } ?? ""
        throw Refusal(
            description:
                "alerts have no type '\(LogfmtHandler.oneLine(type))'; it is a metric type, the name of a command, "
                + "or one of \(AlertTypes.named)\(meant)"
        )
    }

    private func moment(_ end: End, now: Timestamp) throws -> Timestamp {
        let until: Timestamp
        switch end {
        case .duration(let text):
            guard let duration = DurationText.parse(text), duration >= .seconds(1) else {
                throw Refusal(
                    description:
                        "'\(LogfmtHandler.oneLine(text))' in --for is no duration; \(DurationText.allowed), at least 1s"
                )
            }
            until = now + min(duration, Self.longest + .seconds(1))
        case .moment(let text):
            guard var moment = MomentText.parse(text, now: now) else {
                throw Refusal(
                    description: "'\(LogfmtHandler.oneLine(text))' in --until is no time; it takes one as 22:00, or "
                        + "2026-12-01 22:00 (UTC, or with a zone as +01:00 behind it)"
                )
            }
            // A time of the day is the next one.
            if moment.milliseconds <= now.milliseconds, text.prefix(3).contains(":") {
                moment = moment + .seconds(86_400)
            }
            until = moment
        }
        guard until.milliseconds > now.milliseconds else {
            throw Refusal(description: "\(until.utcText) UTC in --until is over; now it is \(now.utcText) UTC")
        }
        guard until.milliseconds - now.milliseconds <= Self.longest.milliseconds else {
            throw Refusal(
                description:
                    "a silence ends within 366 days. What nobody is ever to be told of has no <alert>, or one with "
                    + "nobody in its mail."
            )
        }
        return until
    }
}
