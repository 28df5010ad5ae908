/// How the lines of a log are written.
package enum AccessLogFormat: String, CaseIterable, Sendable {
    /// Each line is read for what it is; what the file is said to be is decided by its first lines.
    case auto
    /// Common Log Format of NCSA httpd, with or without a leading virtual host.
    case common
    /// Combined Log Format: common, referrer and user agent; further fields may follow.
    case combined
    /// W3C Extended Log File Format (https://www.w3.org/TR/WD-logfile.html).
    case w3c
    /// Any text, of which only a time at the beginning of a line is read. Never what `auto` decides.
    case plain
}
