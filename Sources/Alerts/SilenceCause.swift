import Glibc
import Wire

/// Why no request is counted in a log.
enum SilenceCause: Equatable, Sendable {
    case unreachable
    /// Not read since the host answers.
    case notRead
    case missing
    case denied
    case notAFile
    case failed(Int32)
    /// Lines came, and most of them could not be read.
    case unread
    /// Lines came, and `<skip>` left most of them out.
    case skipped
    /// Nothing countable so far, and its end is not reached.
    case behind
    case notGrowing
    /// Its lines wait on the host, because there is no room for them here.
    case heldBack(String)
}

extension WatchedLog {
    func cause(isReachable: Bool) -> SilenceCause {
        guard isReachable else { return .unreachable }
        if let reason = reading?.heldBack { return .heldBack(reason) }
        guard let reading, isKnown || reading.isAtEnd || unreadCount + skipped > 0 else {
            return reading == nil ? .notRead : .behind
        }
        switch reading.condition {
        case .missing: return .missing
        case .denied: return .denied
        case .notAFile: return .notAFile
        case .failed: return .failed(reading.errorNumber)
        case .following: break
        }
        if unreadCount + skipped > 0 { return unreadCount >= skipped ? .unread : .skipped }
        return reading.isAtEnd ? .notGrowing : .behind
    }

    /// The cause in a sentence, and in a second line what to do about it.
    /// - Parameter hostReason: why the host is unreachable.
    func text(of cause: SilenceCause, hostReason: String) -> String {
        let path = ForeignText.line(log.path, limit: 400)
        switch cause {
        case .unreachable:
            return "The host is unreachable: \(ForeignText.line(hostReason, limit: 1_000))"
        case .notRead:
            return "The host answers, but \(path) was not read yet.\n"
                + "If this lasts, look into metricsd's own log for what delays the reading."
        case .missing:
            return "There is no file \(path) on the host.\n"
                + "Look whether the server runs that writes it; if the log has moved, correct 'path' of <log>."
        case .denied:
            return "\(path) may not be read: permission denied.\n"
                + "Let the login user read the file and enter its folders (often: the group adm), "
                + "and see that log rotation keeps it so."
        case .notAFile:
            return "\(path) is a folder, a device, a socket or a pipe, not a file.\nCorrect 'path' of <log>."
        case .failed(RestrictedKey.errorNumber):
            return "The key that metricsd logs in with does not allow to read \(path).\n"
                + "Run `metricsd authorize` for the host again and replace its line in authorized_keys."
        case .failed(let number):
            return "\(path) cannot be read: \(String(cString: strerror(number))) (errno \(number)).\n"
                + "It is tried again at every reading; the host's system log may say more."
        case .unread:
            let most = unread.max { ($0.value, $1.key) < ($1.value, $0.key) }
            let skippedToo = skipped > 0 ? "; \(lines(skipped)) left out by <skip>" : ""
            return "\(lines(unreadCount)) could not be read, most often: \(most?.key ?? "") (\(most?.value ?? 0))"
                + "\(skippedToo); no other came.\n"
                + "Compare 'format' of <log> with the lines; metricsd watch --explain shows how one is read."
        case .skipped:
            let unreadToo = unreadCount > 0 ? "; \(lines(unreadCount)) could not be read" : ""
            return "\(lines(skipped)) left out by <skip>\(unreadToo); no other came.\n"
                + "If they should count, look at 'path' and 'agent' of <skip>."
        case .behind:
            return "\(path) is still being read: its end is not reached yet, and no request was among what was read."
        case .notGrowing:
            return "\(path) is there and can be read, but does not grow.\n"
                + "Nothing is requested, or the server is stuck, or it writes elsewhere (after a rotation, "
                + "perhaps still to the old file)."
        case .heldBack(let reason):
            return "metricsd does not pull \(path) at present: \(ForeignText.line(reason))\n"
                + "Nobody knows whether requests came: its lines wait on the host, and are read when there is room again. "
                + "The alert disk_budget says what to do."
        }
    }

    private var unreadCount: UInt64 { unread.values.reduce(0, &+) }

    private func lines(_ count: UInt64) -> String { count == 1 ? "1 line" : "\(count) lines" }
}
