import Mail

/// What the text of an attribute may be. The one place that knows a kind's check, its name in the reference, and the
/// sentence of what is allowed.
enum ValueKind: Equatable, Sendable {
    /// A name of a host, a group or a command.
    case name
    /// Anything but nothing.
    case text
    case duration(ClosedRange<Duration>)
    /// A duration, or `never`.
    case durationOrNever(ClosedRange<Duration>)
    case size(ClosedRange<Int>)
    case integer(ClosedRange<Int>)
    /// A finite decimal number.
    case number
    case choice([String])
    /// A path on this machine: `~` is the home, a relative path starts at the configuration file's folder.
    case path
    /// A path on the monitored host: absolute, or `~/` for the home there.
    case remotePath
    /// A file on the monitored host, absolute.
    case remoteFile
    /// A host name, an IPv4 address or an IPv6 address.
    case address
    /// A mail address with an optional name before it.
    case mailSender
    case mailAddresses
    /// Metric types and sets; their names are checked against the catalogue.
    case metricTypes
    /// A metric type, a command's name or a state of the host; checked against the catalogue and the host's commands.
    case alertType
    case glob
    case hostKey
    /// Bastions on the way to a host.
    case jump
    case mailServer
    /// An SFTP server with a folder; what is wrong with it tells the `SettingsReader`.
    case deliveryServer
    /// What files are called; what is wrong with it tells the `SettingsReader`.
    case fileNamePattern
    /// A moment, a time of the day or of the week.
    case wallTime
    case secret
    case environmentVariable

    /// How the reference calls it.
    var title: String {
        switch self {
        case .name: "name"
        case .text: "text"
        case .duration: "duration"
        case .durationOrNever: "duration or never"
        case .size: "size"
        case .integer: "whole number"
        case .number: "number"
        case .choice: "choice"
        case .path: "path"
        case .remotePath: "path on the host"
        case .remoteFile: "file on the host"
        case .address: "address"
        case .mailSender: "mail sender"
        case .mailAddresses: "mail addresses"
        case .metricTypes: "metric types"
        case .alertType: "alert type"
        case .glob: "glob"
        case .hostKey: "host key"
        case .jump: "way"
        case .mailServer: "mail server"
        case .deliveryServer: "SFTP server"
        case .fileNamePattern: "file name pattern"
        case .wallTime: "time"
        case .secret: "secret"
        case .environmentVariable: "environment variable"
        }
    }

    /// The sentence of what is allowed, in diagnostics and in the reference.
    var allowed: String {
        switch self {
        case .name: "a name begins with a letter or digit and holds letters, digits, '.', '_', '-', at most 64"
        case .text: "it must not be empty"
        case .duration(let range):
            "\(DurationText.allowed), here from \(DurationText.format(range.lowerBound))"
                + " to \(DurationText.format(range.upperBound))"
        case .durationOrNever(let range): "\(ValueKind.duration(range).allowed); or never"
        case .size(let range):
            "\(SizeText.allowed), here from \(SizeText.format(range.lowerBound))"
                + " to \(SizeText.format(range.upperBound))"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number: "a number such as 90 or 0.5, in the metric's unit"
        case .choice(let words): "one of: \(words.joined(separator: ", "))"
        case .path: "a path; ~ is the home, a relative path starts at this file's folder"
        case .remotePath: "an absolute path, or one that begins with ~/"
        case .remoteFile: "the absolute path of a file, such as /var/log/nginx/access.log"
        case .address: "a host name, an IPv4 address or an IPv6 address, without user and port"
        case .mailSender: "a mail address such as metricsd@example.org or Metrics <metricsd@example.org>"
        case .mailAddresses: "mail addresses such as ops@example.org, separated by spaces or commas"
        case .metricTypes: "metric types and sets, separated by spaces or commas"
        case .alertType:
            "a metric type, the name of a command, unreachable, no_data, high_traffic, log_silent or "
                + "delivery_failed"
        case .glob: "a pattern in which * stands for any characters and ? for one"
        case .hostKey: "one of: strict, accept-new, SHA256: with the 43 characters of a fingerprint"
        case .jump: "none, or user@host:port, several separated by commas (at most 8), without passwords"
        case .mailServer: "smtp://host:port (STARTTLS) or smtps://host:port (TLS), without user and password"
        case .deliveryServer: "sftp://user@host:port/folder, without a password"
        case .fileNamePattern:
            "letters, digits and . _ - + = , @ ~ %, with fields such as {prefix}, {host}, {yyMMddHH}, {mm-mm}"
        case .wallTime: WallTime.allowed
        case .secret: "it must not be empty"
        case .environmentVariable: "the name of an environment variable: letters, digits and '_'"
        }
    }

    /// Whether a diagnostic may quote a wrong value. Secrets end up in the attribute beside their own, so free text,
    /// paths and whatever looks like a login are left out.
    func isQuotable(_ text: String) -> Bool {
        switch self {
        case .text, .path, .remotePath, .remoteFile, .mailServer, .deliveryServer, .secret, .environmentVariable:
            false
        case .address, .jump: !text.contains("@")
        default: true
        }
    }

    func accepts(_ text: String) -> Bool {
        switch self {
        case .name: NameText.isName(text)
        case .text, .secret, .deliveryServer, .fileNamePattern: !text.allSatisfy(\.isWhitespace)
        case .duration(let range): DurationText.parse(text).map(range.contains) ?? false
        case .durationOrNever(let range): text == "never" || ValueKind.duration(range).accepts(text)
        case .size(let range): SizeText.parse(text).map(range.contains) ?? false
        case .integer(let range): NumberText.integer(text).map(range.contains) ?? false
        case .number: NumberText.decimal(text) != nil
        case .choice(let words): words.contains(text)
        case .path, .glob: !text.isEmpty && !text.unicodeScalars.contains { $0.value < 0x20 }
        case .remotePath:
            (text.hasPrefix("/") || text.hasPrefix("~/")) && !text.unicodeScalars.contains { $0.value < 0x20 }
        case .remoteFile:
            text.hasPrefix("/") && !text.hasSuffix("/") && text.utf8.count < 4_096
                && !text.unicodeScalars.contains { $0.value < 0x20 }
        case .address: AddressText.isAddress(text)
        case .mailSender: (try? MailAddress(parsing: text)) != nil
        case .mailAddresses:
            !ListText.words(text).isEmpty && ListText.words(text).allSatisfy(MailAddressText.isAddress)
        case .metricTypes: !ListText.words(text).isEmpty
        case .alertType: !text.isEmpty
        case .hostKey: HostKeyText.isHostKey(text)
        case .jump: JumpText(parsing: text) != nil
        case .mailServer: (try? SMTPSettings.Server(parsing: text)) != nil
        case .wallTime: WallTime(text) != nil
        case .environmentVariable: NameText.isEnvironmentVariable(text)
        }
    }
}
