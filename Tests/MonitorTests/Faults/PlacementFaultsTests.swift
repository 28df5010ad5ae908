import Foundation
import TestServers
import Testing

@testable import Monitor

/// Hosts that let us in, where the probe finds no place or does not run.
struct PlacementFaultsTests {
    /// sshd_config lines that run `command` for every session that comes to `address`.
    static func forced(_ address: String, _ command: String) -> [String] {
        ["Match LocalAddress \(address)", "ForceCommand \(command)"]
    }

    @Test func eachGetsOneLineAndTheHostBesideThemIsUndisturbed() throws {
        let folder = try TestFolder("placement-faults")
        // As a shell with a talkative profile: it speaks before SFTP's first packet as well.
        let banner = try folder.file(
            "banner",
            """
            printf 'Welcome to \\033[1mrouter\\033[0m\\r\\n%05000d\\n@metricsd system Plan9 mips\\n' 7
            echo 'stty: standard input: Inappropriate ioctl for device' >&2
            case $SSH_ORIGINAL_COMMAND in *sftp*) exec /usr/lib/openssh/sftp-server;; esac
            exec sh -c "$SSH_ORIGINAL_COMMAND"

            """
        )
        let plain = try folder.file("plain", "exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n")
        let sparc = try folder.file(
            "sparc",
            "PATH=\(folder.path)/good:$PATH; export PATH; exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n"
        )
        for name in ["good", "full", "noexec", "nothing"] {
            try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
        }
        try folder.file("uname", "#!/bin/sh\n[ \"$1\" = -s ] && echo Linux || echo sparc64\n", mode: 0o755)
        // Without a remote-directory every usual place is looked at; none of them may be executed from.
        let everywhere = try folder.file(
            "everywhere",
            "HOME=\(folder.path)/noexec XDG_RUNTIME_DIR= exec sh -c \"$SSH_ORIGINAL_COMMAND\"\n"
        )
        var options = SSHServer.Options()
        options.listenAddresses = (1...9).map { "127.0.0.\($0)" }
        options.mounts = [
            "mount --bind /tmp /tmp", "mount -o remount,bind,noexec /tmp",
            "mount -t tmpfs none \(folder.path)/good", "cp \(folder.path)/uname \(folder.path)/good/",
            "mount -t tmpfs -o size=64k none \(folder.path)/full",
            "mount -t tmpfs -o size=4k none \(folder.path)/nothing", "head -c 4096 /dev/zero >\(folder.path)/nothing/x",
            "mount -t tmpfs -o noexec none \(folder.path)/noexec", "mount -t tmpfs -o noexec none /var/tmp",
            "mount -t tmpfs -o noexec none /dev/shm",
        ]
        options.matches =
            Self.forced("127.0.0.2", "sh \(banner)")
            + Self.forced("127.0.0.3", "sh -c 'echo This account is currently not available.; exit 1'")
            + Self.forced("127.0.0.4", "sh \(sparc)") + Self.forced("127.0.0.5", "/bin/false")
            + Self.forced("127.0.0.6", "sh \(everywhere)") + Self.forced("127.0.0.7", "sh \(plain)")
        let fleet = try Fleet(
            """
            <group name="places" remote-directory="\(folder.path)/good/probe">
              <host name="healthy" address="127.0.0.1" port="$PORT"/>
              <host name="banner" address="127.0.0.2" port="$PORT" remote-directory="\(folder.path)/good/banner"/>
              <host name="nosftp" address="127.0.0.7" port="$PORT" remote-directory="\(folder.path)/good/plain"/>
              <host name="nologin" address="127.0.0.3" port="$PORT"/>
              <host name="sparc" address="127.0.0.4" port="$PORT"/>
              <host name="false" address="127.0.0.5" port="$PORT"/>
              <host name="full" address="127.0.0.1" port="$PORT" remote-directory="\(folder.path)/full/probe"/>
              <host name="fuller" address="127.0.0.1" port="$PORT" remote-directory="\(folder.path)/nothing"/>
              <host name="noexec" address="127.0.0.1" port="$PORT" remote-directory="\(folder.path)/noexec/probe"/>
              <host name="readonly" address="127.0.0.1" port="$PORT" remote-directory="/proc/metricsd"/>
            </group>
            <host name="everywhere" address="127.0.0.6" port="$PORT"/>
            """,
            remoteDirectory: nil,
            sshd: options
        )
        try fleet.start(retry: .brisk)
        try fleet.expect([
            Fault("nologin", "unreachable", "placing the probe", "not available", "exit status 1", "login shell"),
            Fault("false", "unreachable", "placing the probe", "exit status 1", "login shell"),
            Fault("sparc", "unreachable", "placing the probe", "Linux sparc64", "x86_64"),
            Fault("full", "unreachable", "upload", "disk is full", "\(folder.path)/full/probe", "remote-directory"),
            Fault("fuller", "unreachable", "placing the probe", "No space left on device", "remote-directory"),
            Fault("noexec", "unreachable", "placing the probe", "noexec", "\(folder.path)/noexec", "remote-directory"),
            Fault("readonly", "unreachable", "placing the probe", "/proc/metricsd", "remote-directory"),
            Fault(
                "everywhere",
                "unreachable",
                "placing the probe",
                "\(folder.path)/noexec/.cache/metricsd: noexec",
                "/var/tmp: noexec",
                "; /tmp: noexec",
                "/dev/shm: noexec",
                "remote-directory"
            ),
        ])
        try fleet.expectUp("healthy", "banner", "nosftp")
        try fleet.rows("SELECT COUNT(*) FROM metric_values WHERE host = 'banner'") { $0 != ["0"] && $0 != ["1"] }
        #expect(fleet.warnings(of: "banner").isEmpty && fleet.warnings(of: "nosftp").isEmpty)
        try fleet.expectUndisturbed("healthy")
    }
}
