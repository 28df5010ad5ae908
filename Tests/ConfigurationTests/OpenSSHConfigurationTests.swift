import Foundation
import TestServers
import Testing

@testable import Configuration

/// Client configurations of OpenSSH, against what `ssh -G` makes of the same file where that can be compared.
struct OpenSSHConfigurationTests {
    private func read(_ text: String, _ files: [String: String] = [:]) -> OpenSSHConfiguration {
        OpenSSHConfiguration(Array(text.utf8), file: "config") { pattern in
            files[pattern].map { [(pattern, Array($0.utf8))] } ?? []
        }
    }

    @Test func theFirstValueCountsAndKeysAddUp() {
        let configuration = read(
            """
            # a comment
            user=first
            Host web-? !web-9 "db *"
            \tHostName = "10.0.0.1"
            \tIdentityFile ~/.ssh/a   # behind it
            \tPort 2201
            HOST *
              PORT 2202
              User second
              IdentityFile "~/.ssh/with space"
            """
        )
        #expect(
            configuration.host("WEB-1")
                == .init(
                    hostName: "10.0.0.1",
                    port: 2_201,
                    user: "first",
                    identityFiles: ["~/.ssh/a", "~/.ssh/with space"]
                )
        )
        #expect(configuration.host("web-9").port == 2_202 && configuration.host("web-10").hostName == nil)
        #expect(configuration.host("db 7").port == 2_201)
        #expect(configuration.ignored.isEmpty)
    }

    @Test func includesHoldWithinTheirBlockAndMatchHoldsNever() {
        let configuration = read(
            """
            Host web-*
              Include inner
              Port 1
            Host *
              Port 2
            Match host web-1
              User nobody
            Host *
              User all
            """,
            ["inner": "Host *-1\n  User one\n  Include inner\nHost *\n  HostName x"]
        )
        #expect(configuration.host("web-1") == .init(hostName: "x", port: 1, user: "one"))
        #expect(configuration.host("db-1") == .init(hostName: nil, port: 2, user: "all"))
        #expect(configuration.ignored.contains { $0.what == "Match" && $0.line == 6 && $0.file == "config" })
        // One that includes itself ends.
        #expect(configuration.ignored.contains { $0.what.contains("nested") })
    }

    @Test func whatCannotBeUsedIsToldAndPassedOver() {
        let configuration = read(
            "Port 70000\nPort\nUser a:b\nHostName -x\nProxyJump a@b@c:99999\nProxyCommand nc %h\nUser \"open\nPort 22\n"
        )
        #expect(configuration.host("x") == .init(port: 22))
        #expect(configuration.ignored.map(\.line) == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test(arguments: ["web-1", "web-9", "db", "other.example.net", "x-gate"])
    func sshReadsTheSame(name: String) throws {
        let folder = try TestFolder("openssh")
        try folder.file("more", "Host *.example.net\n  User net\nHost *\n  Port 2300\n")
        let text = """
            Host web-* !web-9
              HostName 10.1.1.1
              ProxyJump gate@jump:2222
            Host "db"
              User=data
              Port = 2100
            Host *-gate x*
              HostName %h.internal
            Host *
            Include \(folder.path)/more
            User last
            """
        let path = try folder.file("config", text)
        let output = try SSHServer.run("ssh", ["-F", path, "-G", name])
        var told: [String: String] = [:]
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2, told[String(words[0])] == nil { told[String(words[0])] = String(words[1]) }
        }
        let files = OpenSSHFiles(account: FixtureTests.account)
        let host = try files.configuration(path).host(name)
        #expect(SettingsReader.expanded(host.hostName ?? name, ["h": name]) == told["hostname"])
        #expect(host.port.map(String.init) == told["port"] && host.user == told["user"])
        #expect(host.proxyJump == told["proxyjump"])
    }

    /// A way to a host may stand there, and ssh refuses the whole, too.
    @Test func anIncludedFileThatCannotBeReadIsNotPassedOver() throws {
        let folder = try TestFolder("openssh")
        try FileManager.default.createDirectory(atPath: "\(folder.path)/d/folder", withIntermediateDirectories: true)
        let path = try folder.file("config", "Include \(folder.path)/d/*\nUser ops\n")
        // As with ssh, a folder is none.
        #expect(try OpenSSHFiles(account: FixtureTests.account).configuration(path).host("web-1").user == "ops")
        let large = try folder.file("d/large", String(repeating: "#", count: 1 << 20 + 1))
        let error = #expect(throws: OpenSSHFiles.Unreadable.self) {
            try OpenSSHFiles(account: FixtureTests.account).configuration(path)
        }
        #expect(error?.reason == "it includes \(large): it is larger than 1 MiB")
        try FileManager.default.removeItem(atPath: large)
        for number in 0...200 { try folder.file("d/\(number)", "") }
        let endless = #expect(throws: OpenSSHFiles.Unreadable.self) {
            try OpenSSHFiles(account: FixtureTests.account).configuration(path)
        }
        #expect(endless?.reason == "it includes more than 200 files")
    }

    @Test(arguments: [
        ("a", [JumpText.Hop(user: nil, host: "a", port: nil)]),
        (
            "u@a:22,[::1]:2222,ssh://b@10.0.0.1",
            [
                JumpText.Hop(user: "u", host: "a", port: 22), JumpText.Hop(user: nil, host: "::1", port: 2_222),
                JumpText.Hop(user: "b", host: "10.0.0.1", port: nil),
            ]
        ),
        ("none", []),
    ])
    func waysAreReadAsSSHHasThem(text: String, hops: [JumpText.Hop]) {
        #expect(JumpText(parsing: text)?.hops == hops)
    }
}
