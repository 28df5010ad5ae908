import Foundation
import TestServers
import Testing

@testable import Monitor

/// Probes that are not the probe, and answers that somebody in between has spoilt.
struct ProbeFaultsTests {
    /// A file of the probe's name and size that is something else: only the user himself, or a power cut, can leave it.
    private static let impostors = [
        ("exits", "echo 'cannot open shared object' >&2; exit 127"),
        ("crashes", "kill -ILL $$"),
        ("babbles", "while :; do echo 'still not the probe that was asked for'; done"),
        ("older", "printf '\\n\\001metricsd-probe/0 ready\\n'; cat >/dev/null"),
        ("silent", "exec sleep 60"),
        ("mute", "printf '\\n\\001metricsd-probe/1 ready\\n'; exec cat >/dev/null"),
        ("echoes", "printf '\\n\\001metricsd-probe/1 ready\\n'; dd bs=1 count=32 of=/dev/null; exec cat"),
        (
            "talks",
            "printf '\\n\\001metricsd-probe/1 ready\\n'; echo 'Segmentation fault (core dumped)'; exec cat >/dev/null"
        ),
    ]

    @Test func aFileThatIsNotTheProbeIsToldOnceAndReplaced() throws {
        let probe = try #require(try ProbeFiles().file(forMachine: Self.machine))
        let hosts = (Self.impostors.map(\.0) + ["foreign"]).map {
            "<host name=\"\($0)\" address=\"127.0.0.1\" port=\"$PORT\" remote-directory=\"$FOLDER/\($0)\"/>"
        }
        let fleet = try Fleet(
            hosts.joined() + "<host name=\"healthy\" address=\"127.0.0.1\" port=\"$PORT\"/>",
            attributes: "interval=\"1s\" metrics=\"uptime_seconds\""
        )
        for (name, script) in Self.impostors {
            let text = "#!/bin/sh\n\(script)\nexit 0\n#"
            try fleet.place(
                probe,
                in: name,
                Array(text.utf8) + .init(repeating: 35, count: probe.bytes.count - text.utf8.count)
            )
        }
        // The machine number of an ELF header (man 5 elf, e_machine): a probe for PowerPC.
        var foreign = probe.bytes
        foreign[18] = 21
        try fleet.place(probe, in: "foreign", foreign)
        // Long enough to be seen in MySQL before the second try has mended it.
        try fleet.start(retry: RetryPolicy(failure: Backoff(first: .seconds(12), limit: .seconds(12))))
        let faults = [
            Fault("exits", "unreachable", "starting the probe", "exit status 127", "cannot open shared object"),
            Fault("crashes", "unreachable", "starting the probe", "SIGILL", "uploads it anew"),
            Fault("babbles", "unreachable", "starting the probe", "64 KiB", "still not the probe", "login shell"),
            Fault("older", "unreachable", "starting the probe", "version 0", "uploads its own"),
            Fault("silent", "unreachable", "starting the probe", "no answer within 10 s", "timeout"),
            Fault("mute", "unreachable", "starting the probe", "no answer within 10 s", "timeout"),
            Fault("echoes", "unreachable", "answer", "other direction", "connection"),
            Fault("talks", "unreachable", "answer", "something else than an answer", "connection"),
            Fault("foreign", "unreachable", "starting the probe", "exit status 126", "Exec format error"),
        ]
        try fleet.expect(faults, retried: false)
        try fleet.rows("SELECT name FROM hosts WHERE state = 'up' AND last_error IS NULL") {
            $0.count == faults.count + 1
        }
        try fleet.expectUndisturbed("healthy")
        for fault in faults { #expect(fleet.warnings(of: fault.host).count == 1) }
    }

    @Test func spoiltAnswersAreRefusedAndTheHostComesBack() throws {
        let folder = try TestFolder("interposed")
        let interposer = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/interposer.py").path
        let faults = ["altered", "replayed", "doubled", "cut", "garbage", "swallowed"]
        var options = SSHServer.Options()
        options.listenAddresses = ["127.0.0.1"] + faults.indices.map { "127.0.0.\($0 + 2)" }
        for (index, fault) in faults.enumerated() {
            try folder.file(fault, "")
            options.matches += PlacementFaultsTests.forced(
                "127.0.0.\(index + 2)",
                "/usr/bin/python3 \(interposer) \(fault) \(folder.path)/\(fault)"
            )
        }
        let hosts = faults.enumerated().map {
            "<host name=\"\($1)\" address=\"127.0.0.\($0 + 2)\" port=\"$PORT\" interval=\"500ms\"/>"
        }
        let fleet = try Fleet(
            hosts.joined() + "<host name=\"healthy\" address=\"127.0.0.1\" port=\"$PORT\"/>",
            sshd: options
        )
        try fleet.start(retry: RetryPolicy(failure: Backoff(first: .seconds(12), limit: .seconds(12))))
        try fleet.expect(
            [
                Fault("altered", "unreachable", "reading the probe's answer", "altered", "connection"),
                Fault("replayed", "unreachable", "reading the probe's answer", "came again", "connection"),
                Fault("doubled", "unreachable", "reading the probe's answer", "connection"),
                Fault("cut", "unreachable", "poll", "ended within an answer"),
                Fault("garbage", "unreachable", "reading the probe's answer", "something else than an answer"),
                Fault("swallowed", "unreachable", "poll", "no answer within 0.45 s", "timeout"),
            ],
            retried: false
        )
        try fleet.rows("SELECT name FROM hosts WHERE state = 'up' AND last_error IS NULL") {
            $0.count == faults.count + 1
        }
        try fleet.expectUndisturbed("healthy")
        // Nothing of a refused answer is stored: uptime only grows, and no time comes twice.
        #expect(
            try fleet.rows(
                """
                SELECT host FROM (SELECT host, value - LAG(value) OVER (PARTITION BY host ORDER BY collected_at) AS step
                  FROM metric_values WHERE metric = 'uptime_seconds') AS steps WHERE step <= 0
                """
            ).isEmpty
        )
    }

    static var machine: String {
        var names = utsname()
        uname(&names)
        return withUnsafeBytes(of: &names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension Fleet {
    /// Lays a file where a host's probe is looked for.
    fileprivate func place(_ probe: ProbeFile, in directory: String, _ contents: [UInt8]) throws {
        let path = "\(folder.path)/\(directory)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
        // Copied by another program: a server that a test beside this one starts may inherit the descriptor that this
        // process writes through, and what is open for writing cannot be executed (ETXTBSY).
        try Data(contents).write(to: URL(fileURLWithPath: "\(path)/contents"))
        try SSHServer.run("cp", ["\(path)/contents", "\(path)/\(probe.name)"])
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(path)/\(probe.name)")
    }
}
