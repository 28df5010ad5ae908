import Alerts
import Wire

/// What is told about a log: the levels of its traffic, its readings, what of it is lost.
extension Dialogue {
    static let access = AlertLog(
        name: "access",
        path: "/var/log/nginx/access.log",
        interval: .seconds(5),
        recipients: ops
    )
    static let admin = AlertLog(name: "admin", path: "/var/log/nginx/admin.log", interval: .seconds(5))

    /// The same number of hits in the window at every second from one to another.
    mutating func traffic(
        _ hits: UInt64,
        at seconds: ClosedRange<Int>,
        window: Int = 120,
        of log: String = "access"
    ) -> [String] {
        let levels = seconds.map {
            AlertTrafficLevel(at: Dialogue.moment(Double($0)), windowSeconds: window, hits: hits)
        }
        return take(alerts.traffic(levels, ofLog: log))
    }

    mutating func traffic(_ hits: UInt64, at second: Int, window: Int = 120, of log: String = "access") -> [String] {
        traffic(hits, at: second...second, window: window, of: log)
    }

    /// A reading that reached the log's end.
    mutating func read(
        requests: UInt64 = 0,
        skipped: UInt64 = 0,
        unread: [String: UInt64] = [:],
        isAtEnd: Bool = true,
        of log: String = "access",
        at seconds: Double
    ) -> [String] {
        let reading = AlertLogReading(isAtEnd: isAtEnd, requests: requests, skipped: skipped, unread: unread)
        return take(alerts.logRead(log, reading, at: Dialogue.moment(seconds)))
    }

    /// A reading that failed.
    mutating func cannotRead(
        _ condition: LogReport.Condition,
        errorNumber: Int32 = 0,
        of log: String = "access",
        at seconds: Double
    ) -> [String] {
        let reading = AlertLogReading(condition: condition, errorNumber: errorNumber)
        return take(alerts.logRead(log, reading, at: Dialogue.moment(seconds)))
    }

    /// A reading that did not take place, because there is no room here.
    mutating func holdBack(_ reason: String, of log: String = "access", at seconds: Double) -> [String] {
        take(alerts.logRead(log, AlertLogReading(isAtEnd: false, heldBack: reason), at: Dialogue.moment(seconds)))
    }

    mutating func lose(_ loss: LogLoss, of log: String = "access", at seconds: Double) -> [String] {
        take(alerts.lost(loss, ofLog: log, at: Dialogue.moment(seconds)))
    }
}

/// A rule on the average of a log's requests.
func highTraffic(
    above threshold: Double = 10,
    clear: Double? = nil,
    window: Int = 120,
    for holdFor: Duration = .zero,
    of log: String = "access",
    repeatEvery: Duration? = nil
) -> AlertRule {
    AlertRule(
        .highTraffic(AlertThreshold(.above, threshold, clear: clear), window: .seconds(window)),
        instance: Glob(log),
        holdFor: holdFor,
        repeatEvery: repeatEvery,
        recipients: ops
    )
}

func logSilent(for holdFor: Duration = .seconds(300), of log: String = "*", repeatEvery: Duration? = nil) -> AlertRule {
    AlertRule(.logSilent, instance: Glob(log), holdFor: holdFor, repeatEvery: repeatEvery, recipients: ops)
}
