/// Finds a place for the probe on a host: a directory that only the login user can enter and that allows execution.
///
/// One POSIX sh script, sent over stdin of `sh -s` so that any login shell (csh, fish) can start it, answers in lines
/// that begin with a mark; whatever a login banner prints in front is passed over.
struct ProbePlacement: Equatable, Sendable {
    static let command = "exec sh -s"
    private static let mark = "@metricsd "

    /// `uname -s` and `uname -m`.
    var system: String
    var machine: String
    /// Directories in the order to try, absolute.
    var directories: [Directory]

    struct Directory: Equatable, Sendable {
        var path: String
        /// Names of the probes that lie there whole.
        var probes: [String]
    }

    /// Why no directory of a candidate list would do, in the script's own words.
    var rejections: [String]

    /// The script for the probes that could be wanted.
    ///
    /// In a directory that others can write to (`/tmp`) the name is never predictable: `mktemp -d` makes it (ten
    /// `X` in its template are ten random characters), and later logins find it again by its owner and mode, which nobody
    /// else can forge.
    static func script(probes: [ProbeFile], remoteDirectory: String?) -> [UInt8] {
        let wanted = probes.map { "\($0.name):\($0.bytes.count)" }.joined(separator: " ")
        // Probes of versions long gone are removed; those in use stay, however old.
        let kept = probes.map { " ! -name \($0.name)" }.joined()
        let text = """
            LC_ALL=C; export LC_ALL; umask 077
            say() { printf '%s\\n' "@metricsd $*"; }
            say "system $(uname -s) $(uname -m)"
            uid=$(id -u)
            private() {
              [ -d "$1" ] && [ ! -h "$1" ] && [ -n "$(find "$1" -prune -user "$uid" 2>/dev/null)" ] || return 1
              case "$(ls -ld "$1")" in drwx------*|drwx--S---*) return 0;; esac
              return 1
            }
            try() {
              private "$1" || { say "rejected $2: not a directory of uid $uid with mode 700"; return 1; }
              t="$1/.metricsd-exec-test.$$"
              e=$({ printf '#!/bin/sh\\nexit 0\\n' | cat >"$t"; } 2>&1) && chmod 700 "$t" || { rm -f "$t"; say "rejected $2: cannot write there: ${e##*: }"; return 1; }
              "$t" >/dev/null 2>&1; code=$?
              rm -f "$t"
              [ $code = 0 ] || { say "rejected $2: noexec"; return 1; }
              say "directory $1"
              for p in \(wanted); do
                f="$1/${p%:*}"
                [ -x "$f" ] && [ "$(($(wc -c <"$f")))" = "${p##*:}" ] && say "probe ${p%:*}"
              done
              find "$1" -type f -name 'metricsd-probe-*' -mtime +30\(kept) -exec rm -f {} \\; 2>/dev/null
              return 0
            }
            shared() {
              [ -d "$1" ] && [ -w "$1" ] || { say "rejected $1: missing or not writable"; return; }
              for d in "$1"/metricsd-"$uid"-*; do private "$d" && { try "$d" "$1"; return; }; done
              d=$(mktemp -d "$1/metricsd-$uid-XXXXXXXXXX" 2>&1) || { say "rejected $1: no directory can be made: ${d##*: }"; return; }
              try "$d" "$1" || rmdir "$d"
            }
            own() {
              e=$(mkdir -p "$1" 2>&1) || { say "rejected $1: cannot be made: ${e##*: }"; return; }
              chmod 700 "$1" 2>/dev/null
              try "$1" "$1"
            }
            \(candidates(remoteDirectory))
            say end

            """
        return Array(text.utf8)
    }

    private static func candidates(_ remoteDirectory: String?) -> String {
        if let remoteDirectory {
            return "own \(quoted(remoteDirectory))"
        }
        return """
            [ -n "$XDG_RUNTIME_DIR" ] && own "$XDG_RUNTIME_DIR/metricsd"
            [ -n "$HOME" ] && [ -w "$HOME" ] && own "$HOME/.cache/metricsd"
            for base in /var/tmp /tmp /dev/shm; do shared "$base"; done
            """
    }

    /// For a POSIX shell: the text as one word, whatever it holds. A leading `~/` still means the home directory.
    static func quoted(_ text: String) -> String {
        if text.hasPrefix("~/") { return "\"$HOME\"/" + quoted(String(text.dropFirst(2))) }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Reads the script's answer; nil when it never came to its end.
    init?(answer: [UInt8]) {
        var system: String?
        var machine: String?
        var directories: [Directory] = []
        var rejections: [String] = []
        var isWhole = false
        for line in answer.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            let text = String(decoding: line, as: UTF8.self)
            guard text.hasPrefix(Self.mark) else { continue }
            let words = text.dropFirst(Self.mark.count).split(separator: " ", maxSplits: 1)
            let rest = words.count > 1 ? String(words[1]) : ""
            switch words.first {
            case "system":
                let parts = rest.split(separator: " ")
                system = parts.first.map(String.init)
                machine = parts.count > 1 ? String(parts[1]) : nil
            case "directory": directories.append(Directory(path: rest, probes: []))
            case "probe":
                guard !directories.isEmpty else { continue }
                directories[directories.count - 1].probes.append(rest)
            case "rejected": rejections.append(rest)
            case "end": isWhole = true
            default: continue
            }
        }
        guard isWhole, let system, let machine else { return nil }
        self.system = system
        self.machine = machine
        self.directories = directories
        self.rejections = rejections
    }
}
