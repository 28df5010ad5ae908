/// What the columns of a W3C Extended log are, as `#Fields` last said.
///
/// Source: https://www.w3.org/TR/WD-logfile.html, and what servers write beyond it: IIS (`time-taken` in milliseconds),
/// IIS Advanced Logging (`date-local`, `TimeTakenMS`), Oracle Web Cache (`bytes`).
struct W3CFields: Equatable {
    /// What a column is taken for. Each is given to one column at most.
    enum Role: UInt8 {
        case other, date, time, client, method, target, status, bytes, duration, userAgent
    }

    /// The names of the standard for a role, best first, in lower case.
    private static let names: [(Role, [String])] = [
        (.date, ["date", "date-local"]),
        (.time, ["time", "time-local"]),
        (.client, ["c-ip", "c-dns"]),
        (.method, ["cs-method"]),
        (.target, ["cs-uri", "cs-uri-stem"]),
        (.status, ["sc-status"]),
        (.bytes, ["sc-bytes", "bytes"]),
        (.duration, ["time-taken", "timetakenms"]),
        (.userAgent, ["cs(user-agent)"]),
    ]

    /// The directive's value: the names with the blanks between them.
    let text: [UInt8]
    /// One for each column.
    let roles: [Role]
    let hasDate: Bool
    /// There is a time, and something that a request has: what an access log cannot lack.
    let areOfRequests: Bool
    /// The target is a whole URI (`cs-uri`), which some servers write without its scheme.
    let targetIsURI: Bool
    /// `time-taken` has another unit than `TimeTakenMS`, which the field's name decides.
    let durationIsMilliseconds: Bool

    init(_ text: [UInt8]) {
        self.text = text
        let names = Self.names(in: text).map { $0.lowercased() }
        var roles = [Role](repeating: .other, count: names.count)
        for (role, aliases) in Self.names {
            if let column = aliases.lazy.compactMap({ names.firstIndex(of: $0) }).first { roles[column] = role }
        }
        self.roles = roles
        hasDate = roles.contains(.date)
        areOfRequests =
            roles.contains(.time) && (roles.contains(.method) || roles.contains(.target) || roles.contains(.status))
        targetIsURI = roles.firstIndex(of: .target).map { names[$0] == "cs-uri" } ?? false
        durationIsMilliseconds = roles.firstIndex(of: .duration).map { names[$0] == "timetakenms" } ?? false
    }

    /// As they were written.
    static func names(in text: [UInt8]) -> [String] {
        text.split { $0 == .space || $0 == .tab }.map { String(decoding: $0, as: UTF8.self) }
    }
}
