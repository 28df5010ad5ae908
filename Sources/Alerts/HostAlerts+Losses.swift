package import Wire

extension HostAlerts {
    /// A log may have a line that is too long every few seconds; people are told of them at this distance.
    private static let tooLongDistance: Int64 = 3_600_000

    /// Tells that bytes of a log can never be read any more, or cannot be stored: one row and one mail, no state. Over when
    /// it is told. Of lines that are too long there is a row each time, and a mail once an hour.
    package mutating func lost(_ loss: LogLoss, ofLog name: String, at now: Timestamp) -> [AlertChange] {
        guard let place = logs.firstIndex(where: { $0.log.name == name }) else { return [] }
        var alert = Alert(losing: loss, of: logs[place].log, host: host, at: now, random)
        if let silence = silences.first(where: { $0.takes(alert.type) }) {
            alert.hold = AlertHold(cause: silence.cause, untold: .noticed)
        } else if loss.cause == .tooLong {
            if let told = logs[place].tooLongToldAt, told.elapsed(to: now) < HostAlerts.tooLongDistance {
                alert.recipients = []
            } else {
                logs[place].tooLongToldAt = now
            }
        }
        return [
            AlertChange(
                host: host,
                ruleKey: alert.type,
                instance: name,
                alert: alert,
                notification: alert.recipients.isEmpty || alert.isHeldBack
                    ? nil : AlertNotification(kind: .noticed, alert: alert, recipients: alert.recipients),
                event: .noticed
            )
        ]
    }
}

extension Alert {
    fileprivate init(losing loss: LogLoss, of log: AlertLog, host: String, at now: Timestamp, _ random: () -> UInt64) {
        id = Alert.identifier(random)
        self.host = host
        kind = .logLoss
        type = "log_loss"
        instance = log.name
        severity = .warning
        unit = "bytes"
        holdForMilliseconds = 0
        since = now
        openedAt = now
        resolvedAt = now
        value = loss.bytes.map { Double($0) }
        openingValue = value
        recent = []
        reason = loss.text
        recipients = log.recipients
        remindersSent = 0
        lastNotifiedAt = now
        self.log = AlertedLog(path: log.path, isCounted: loss.cause == .tooLong ? true : nil)
    }
}

extension LogLoss {
    /// What was lost, why, and in a second line how to keep it from happening again.
    package var text: String {
        let amount =
            switch bytes {
            case nil: "An unknown number of bytes"
            case 1: "1 byte"
            case .some(let count) where count < 1_024: "\(count) bytes"
            case .some(let count): ValueText.full(Double(count), unit: "bytes")
            }
        let verb = bytes == 1 ? "is" : "are"
        let when = bytes == nil ? "meanwhile" : "before they were read"
        let (why, mend): (String, String)
        switch cause {
        case .truncated:
            why = "the file was truncated \(when), and no copy of what it held was found"
            mend =
                "Let log rotation keep the last file uncompressed beside the log (logrotate: delaycompress), "
                + "and rotate by renaming rather than by copytruncate."
        case .removed:
            why = "the file was removed or replaced \(when), and no rotated copy of it was found"
            mend = "Let log rotation keep at least one old file in the log's folder (logrotate: rotate 1 or more)."
        case .unreadableCopy:
            why = "the rotated copy that holds them is compressed in a way that is not read (only gzip is), or damaged"
            mend = "Let log rotation compress with gzip, or later (logrotate: delaycompress)."
        case .readFailed:
            why = "the rest of the rotated file could not be read"
            mend = "Let the login user read rotated files, too, and look at the host's disk."
        case .tooLong:
            why = ""
            mend = "Let the server write shorter lines: what makes them long is often a request with its whole query."
        }
        let path = ForeignText.line(file, limit: 400)
        if cause == .tooLong {
            let size = bytes.map { ": \(ValueText.full(Double($0), unit: "bytes"))" } ?? ""
            return
                "Lines of \(path) are longer than \(LogPlan.storedLineLimit) bytes and were not stored\(size). They are "
                + "counted as unreadable.\n\(mend)"
        }
        if bytes == nil, cause == .truncated || cause == .removed {
            return "What was written to \(path) after it was last read, if anything, is lost: \(why).\n\(mend)"
        }
        return "\(amount) of \(path) \(verb) lost: \(why).\n\(mend)"
    }
}
