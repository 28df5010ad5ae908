import Alerts
import Glibc
import Wire

/// Why a log is not read, with the mend, for the daemon's own log and for `status`.
enum LogConditionText {
    static func of(_ report: LogReport, path: String, interval: Duration) -> String {
        let again = "It is tried again every \(CellText.plain(interval.seconds)) s."
        switch report.condition {
        case .following:
            return "\(path) is followed"
        case .missing:
            return "there is no file \(path). Look whether the server that writes it runs, or correct 'path' of <log>. "
                + again
        case .denied:
            return "\(path) may not be read: permission denied. Let the login user read the file and enter its folders "
                + "(often: the group adm). \(again)"
        case .notAFile:
            return "\(path) is a folder, a device, a socket or a pipe, not a file. Correct 'path' of <log>."
        case .failed where report.isForbidden:
            return "\(RestrictedKeyText.log(path)). \(again)"
        case .failed:
            return "\(path) cannot be read: \(ErrorText.of(report.errorNumber)). \(again)"
        }
    }
}

enum ErrorText {
    /// `man 3 strerror`, with the number.
    static func of(_ number: Int32) -> String {
        String(cString: strerror(number)) + " (errno \(number))"
    }
}
