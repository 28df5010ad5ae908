import Foundation
import LogBatches
import TestServers
import Wire

@testable import Alerts
@testable import Journal

/// A journal in a folder of its own.
final class JournalFixture: Sendable {
    let folder: TestFolder
    let path: String

    init() throws {
        folder = try TestFolder("journal")
        path = "\(folder.path)/\(Journal.fileName)"
    }

    func open(pageLimit: Int? = nil) throws -> Journal {
        try Journal(at: path, pageLimit: pageLimit)
    }
}

func at(_ seconds: Double) -> Timestamp {
    Timestamp(milliseconds: 1_795_200_000_000 + Int64(seconds * 1_000))
}

/// A step of the alert on one instance of web-1: raised, or pending where it is not `firing`.
func change(_ instance: String, firing: Bool, recipients: [String] = []) -> AlertChange {
    let alert = Alert(
        id: "alert-\(instance)",
        host: "web-1",
        kind: .metric,
        type: "cpu_percent",
        instance: instance,
        severity: .warning,
        comparison: .above,
        threshold: 90,
        unit: "percent",
        holdForMilliseconds: 0,
        since: at(0),
        openedAt: at(0),
        recent: [AlertReading(at: at(0), value: 97.25)],
        reason: "",
        recipients: recipients,
        remindersSent: 0,
        lastNotifiedAt: at(0)
    )
    return AlertChange(
        host: "web-1",
        ruleKey: "cpu_percent above 90",
        instance: instance,
        state: AlertState(
            host: "web-1",
            ruleKey: "cpu_percent above 90",
            instance: instance,
            since: at(0),
            alert: firing ? alert : nil
        ),
        notification: recipients.isEmpty ? nil : AlertNotification(kind: .raised, alert: alert, recipients: recipients)
    )
}

/// A group whose every part carries its number, so that half of one shows.
func group(_ number: Int, records count: Int = 3, payloadBytes: Int = 1_200) -> JournalGroup {
    JournalGroup(
        createdAt: at(Double(number)),
        records: (0..<count).map { index in
            let head = Array("group \(number) record \(index) ".utf8)
            return JournalRecord(
                kind: 1,
                payload: head + [UInt8](repeating: UInt8(number & 0xff), count: max(0, payloadBytes - head.count))
            )
        },
        alertChanges: [change("\(number)", firing: true, recipients: ["ops@example.org"])],
        hostStates: [
            HostState(host: "web-1", address: "192.0.2.11", state: .up, lastError: "\(number)", updatedAt: at(0))
        ],
        logs: [
            LogProgress(
                name: followedLog,
                state: logState(of: number),
                status: LogStatusRecord(path: "/var/log/access.log", lines: UInt64(number)),
                windows: [LogWindowState(windowStart: at(Double(number)), state: logState(of: number))],
                windowsForgottenBefore: at(Double(number - 2))
            )
        ]
    )
}

private let followedLog = LogName(host: "web-1", log: "access")

/// More than a page.
private func logState(of number: Int) -> [UInt8] {
    Array("state \(number) ".utf8) + [UInt8](repeating: UInt8(number & 0xff), count: 6_000)
}

/// Checks that the journal holds the groups 1…n whole, and nothing of any other; returns n.
func wholeGroups(in journal: Journal, recordsPerGroup: Int = 3) throws -> Int {
    struct Torn: Error { let found: String }
    let records = try journal.records(after: 0, limitBytes: .max)
    let states = try journal.alertStates().states
    let notifications = try journal.dueNotifications(now: at(1e9)).flatMap(\.notifications)
    let last = try journal.hostStates().first?.lastError.flatMap { Int($0) } ?? 0
    let expected = (0..<last).flatMap { number in
        group(number + 1, records: recordsPerGroup).records
    }
    let logs = try journal.logStates()
    let windows = try journal.logWindows(of: followedLog)
    guard logs.map(\.state) == (last == 0 ? [] : [logState(of: last)]),
        logs.allSatisfy({ $0.status?.lines == UInt64(last) }),
        windows
            == (max(1, last - 2)..<last + 1).map({
                LogWindowState(windowStart: at(Double($0)), state: logState(of: $0))
            })
    else {
        throw Torn(found: "host state of \(last), \(logs.count) logs, windows of \(windows.map(\.windowStart))")
    }
    guard records.map(\.record.payload) == expected.map(\.payload), states.count == last,
        notifications.map(\.alert.instance) == (0..<last).map({ "\($0 + 1)" }),
        try journal.backlog().count == records.count
    else {
        throw Torn(
            found: "host state of \(last), \(records.count) records, \(states.count) states, \(notifications.count)"
        )
    }
    return last
}

/// A batch of web-1's access log that is to be opened, of the window of that number.
func draft(window: Int = 0, host: String = "web-1", log: String = "access", delivery: String? = "edw") -> LogBatch {
    LogBatch(
        host: host,
        log: log,
        windowStart: at(Double(window * 1_200)),
        windowSeconds: 1_200,
        fileName: "",
        delivery: delivery,
        hashState: [0, 1, 255],
        format: "combined",
        header: Array("#Fields: date time".utf8),
        clockSkewMilliseconds: -5,
        openedAt: at(Double(window * 1_200 + 3))
    )
}

extension Journal {
    /// A batch that was opened, changed and saved.
    func batch(
        window: Int = 0,
        host: String = "web-1",
        log: String = "access",
        delivery: String? = "edw",
        _ change: (inout LogBatch) -> Void = { _ in }
    ) throws -> LogBatch {
        var batch = try openBatch(draft(window: window, host: host, log: log, delivery: delivery)) {
            "\(log)-\(window)-\($0)"
        }
        (batch.lineCount, batch.byteCount, batch.storedBytes) = (10, 10_000, 10_000)
        change(&batch)
        try save(batch)
        return batch
    }

    func remove(_ ids: [Int64]) throws {
        try commit(JournalGroup(createdAt: at(0), removedBatches: ids))
    }
}
