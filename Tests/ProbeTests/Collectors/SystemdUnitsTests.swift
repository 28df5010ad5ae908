import Foundation
import Probe
import TestServers
import Testing

@Suite struct SystemdUnitsTests {
    private func result(systemctl: String, isBooted: Bool = true) throws -> String {
        let place = try TestFolder("systemd")
        if isBooted {
            try FileManager.default.createDirectory(
                atPath: place.path + "/run/systemd/system",
                withIntermediateDirectories: true
            )
        }
        let program = try place.file("systemctl", "#!/bin/sh\n\(systemctl)\n", mode: 0o700)
        let collector = SystemdUnits(roots: Roots(under: place.path), systemctl: program)
        collector.metrics[0].number = 0
        while true {
            let reading = collector.reading(atSeconds: 1)
            // A child that another test starts right now may hold the script open for writing until it executes.
            if !reading.contains("Text file busy") { return reading }
        }
    }

    @Test func countsFailedUnits() throws {
        #expect(
            try result(systemctl: "[ $* = 'show --property=NFailedUnits' ] || echo NFailedUnits=3")
                == "failed_units 3\n"
        )
    }

    @Test func noneFailedIsZero() throws {
        #expect(try result(systemctl: "echo NFailedUnits=0") == "failed_units 0\n")
    }

    @Test func withoutSystemdNothingIsStarted() throws {
        #expect(try result(systemctl: "echo NFailedUnits=3", isBooted: false).isEmpty)
    }

    @Test func whatSystemctlComplainsAboutIsTold() throws {
        let result = try result(systemctl: "echo Failed to connect to bus: No such file >&2; exit 1")
        #expect(result == "failure systemd: systemctl said: Failed to connect to bus: No such file\n")
    }

    @Test func aMissingSystemctlIsTold() throws {
        let place = try TestFolder("systemd")
        try FileManager.default.createDirectory(
            atPath: place.path + "/run/systemd/system",
            withIntermediateDirectories: true
        )
        let collector = SystemdUnits(roots: Roots(under: place.path), systemctl: place.path + "/none")
        collector.metrics[0].number = 0
        let result = collector.reading(atSeconds: 1)
        #expect(result == "failure systemd: cannot start systemctl: No such file or directory\n")
    }

    @Test func anOldSystemdWithoutThePropertyYieldsNothing() throws {
        #expect(try result(systemctl: "exit 0").isEmpty)
    }

    @Test(arguments: [("NFailedUnits=12\n", 12), ("Other=1\nNFailedUnits=0\n", 0), ("NFailedUnits=\n", nil), ("", nil)])
    func parses(_ text: String, _ number: UInt64?) {
        #expect(SystemdUnits.parse(ByteScanner(Array(text.utf8))) == number)
    }
}
