import Foundation
import TestServers
import Testing

/// `metricsd reload`, the signals that ask for the same, and what a service manager is told.
struct ReloadTests {
    private static let attributes = "interval=\"1s\" timeout=\"20s\" metrics=\"uptime_seconds\""
    private static let first = "<host name=\"web-1\" address=\"127.0.0.1\" port=\"$PORT\"/>"
    private static let both = "\(first)\n<host name=\"web-2\" address=\"127.0.0.1\" port=\"$PORT\"/>"

    private func site() throws -> Site {
        let database = try LoopbackPort.free()
        return try Site(
            Self.first,
            attributes: Self.attributes,
            services: "<database host=\"127.0.0.1\" port=\"\(database)\" user=\"root\" name=\"metricsd\"/>"
        )
    }

    @Test func itTellsWhatChangedAndABrokenFileIsNotTaken() throws {
        let site = try site()
        let program = try site.start("run")
        try program.wait("connection") { program.errors.contains("web-1: connected") }
        let database = "<database host=\"127.0.0.1\" port=\"1\" user=\"root\" name=\"metricsd\"/>"
        try site.write(Self.both, attributes: Self.attributes, services: database)
        let added = try site.metricsd("reload")
        #expect(added.status == 0, "\(added.errors)")
        let said = "is in force: 1 host added (web-2); begun anew: upkeep, database\n"
        #expect(added.output.hasSuffix(said), "\(added.output)")
        try program.wait("connection") { program.errors.contains("web-2: connected") }

        try site.write("<host name=\"web-1\"/>", attributes: Self.attributes, services: "<databse/>")
        let broken = try site.metricsd("reload")
        #expect(broken.status == 78)
        #expect(broken.output == "")
        #expect(broken.errors.contains("databse"))
        program.signal(SIGHUP)
        try program.wait("refusal") { program.errors.contains("and nothing was changed. Mend it (`metricsd check`") }
        #expect(!program.hasEnded)

        try site.write(Self.first, attributes: Self.attributes, services: database)
        program.signal(SIGHUP)
        try program.wait("reload") { program.errors.contains("is in force: 1 host removed (web-2)") }
        #expect(program.errors.components(separatedBy: "web-1: connected").count == 2)
        program.signal(SIGTERM)
        #expect(try program.outcome().status == 0)
    }

    @Test func withNothingToReloadItSaysSo() throws {
        let site = try site()
        let outcome = try site.metricsd("reload")
        #expect(outcome.status == 69)
        #expect(outcome.errors.contains("no metricsd runs on the state directory"))
        #expect(outcome.errors.contains("Start it"))
    }

    @Test func aServiceManagerIsToldOfEachStepAndThatItLives() throws {
        let site = try site()
        let manager = try NotifySocket("\(site.folder.path)/notify")
        let program = try site.start(
            "run",
            environment: ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "3000000"]
        )
        try manager.await("READY=1")
        try manager.await("STATUS=watches 1 host of server_config.xml")
        try manager.await("WATCHDOG=1")
        try manager.await("WATCHDOG=1")
        program.signal(SIGHUP)
        try manager.await("RELOADING=1")
        try manager.await("MONOTONIC_USEC=")
        try manager.await("READY=1")
        program.signal(SIGTERM)
        try manager.await("STOPPING=1")
        #expect(try program.outcome().status == 0)
    }
}
