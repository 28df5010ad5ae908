import TestServers
import Testing

@testable import SSH

@Suite struct KnownHostsTests {
    static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIMpKGsUDBlI7fHKXDnsIX9STDKS7QZNvwMSFTgRvWvVe"

    private func known(_ text: String) -> KnownHosts {
        var known = KnownHosts()
        known.add(Array(text.utf8), file: "known_hosts")
        return known
    }

    private func matches(_ patterns: String, _ address: String, port: UInt16 = 22) -> Bool {
        let known = known("\(patterns) ssh-ed25519 \(Self.key)")
        return known.keyTypes(address: address, port: port) == ["ssh-ed25519"]
    }

    @Test func patternsMatchAsTheManualPageSays() {
        #expect(matches("web-1", "WEB-1"))
        #expect(matches("WEB-1", "web-1"))
        #expect(!matches("web-1", "web-10"))
        #expect(matches("web-*,db-?", "db-2"))
        #expect(!matches("web-*,db-?", "db-22"))
        #expect(matches("*.example.org,!bad.example.org", "good.example.org"))
        #expect(!matches("*.example.org,!bad.example.org", "bad.example.org"))
        #expect(!matches("!bad.example.org", "good.example.org"))
        #expect(matches("*a*b*c*", "xxaxxbxxcxx"))
        #expect(!matches("*a*b*c*", "xxaxxcxxbxx"))
        #expect(matches("*", ""))
        #expect(matches("[web-1]:2222", "web-1", port: 2222))
        #expect(!matches("[web-1]:2222", "web-1"))
        #expect(matches("fe80::1", "fe80::1"))
        // As ssh(1): a line without port serves other ports where none names the port.
        #expect(matches("web-1", "web-1", port: 2222))
    }

    @Test func linesThatMakeNoSensePassOver() {
        let damaged = [
            "web-1", "web-1 ssh-ed25519", "web-1 ssh-rsa \(Self.key)", "web-1 ssh-ed25519 \(Self.key.dropLast())",
            "#web-1 ssh-ed25519 \(Self.key)", "@unknown web-1 ssh-ed25519 \(Self.key)",
            "|1|AAAA| ssh-ed25519 \(Self.key)",
            "|2|AAAA|AAAA ssh-ed25519 \(Self.key)", "web-1 1024 35 1234", "", "\0\0\0", "web-1 ssh-ed25519 ====",
        ]
        #expect(known(damaged.joined(separator: "\n")).lines.isEmpty)
        let good = known(damaged.joined(separator: "\n") + "\n \tweb-1\tssh-ed25519  \(Self.key) with a comment\r\n")
        #expect(good.lines.map(\.number) == [damaged.count + 1])
    }

    @Test func certificateAuthoritiesAreNotTakenForHostKeys() {
        let line = known("@cert-authority * ssh-ed25519 \(Self.key)")
        let key = line.lines[0].key
        #expect(line.verdict(address: "web-1", port: 22, keyType: "ssh-ed25519", key: key) == .unknown)
    }

    @Test func aRevocationWithoutPortCountsForAnotherPort() {
        let known = known("[web-1]:2222 ssh-ed25519 \(Self.key)\n@revoked web-1 ssh-ed25519 \(Self.key)")
        let verdict = known.verdict(address: "web-1", port: 2222, keyType: "ssh-ed25519", key: known.lines[0].key)
        #expect(verdict == .revoked(known.lines[1]))
    }

    @Test func alteredFilesNeverTrap() {
        var generator = SeededGenerator(seed: 7)
        let original = Array(
            "@revoked |1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 \(Self.key)\n[a]:1,!b* ssh-ed25519 \(Self.key) c\n"
                .utf8
        )
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            var known = KnownHosts()
            known.add(bytes, file: "f")
            _ = known.verdict(address: "a", port: 1, keyType: "ssh-ed25519", key: [1, 2, 3])
            _ = try? PrivateKey.load(bytes, passphrase: nil)
        }
    }

    @Test func cutAndAlteredKeyFilesNeverTrap() throws {
        var generator = SeededGenerator(seed: 9)
        let blob =
            Array("openssh-key-v1\0".utf8) + KeyBlob.string("none") + KeyBlob.string("none") + KeyBlob.string("")
            + KeyBlob.number(1) + KeyBlob.string(KeyBlob.string("ssh-rsa") + KeyBlob.integer([1, 0, 1]))
            + KeyBlob.string(
                KeyBlob.number(5) + KeyBlob.number(5) + KeyBlob.string("ssh-rsa")
                    + (1...6).flatMap { KeyBlob.integer([UInt8]($0...60)) }
            )
        for round in 0..<1_000 {
            var bytes = blob
            if round % 2 == 0 {
                bytes = Array(bytes.prefix(round * bytes.count / 1_000))
            } else {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            let text = "\(OpenSSHKey.begin)\n\(Base64.encode(bytes))\n-----END OPENSSH PRIVATE KEY-----\n"
            _ = try? PrivateKey.load(Array(text.utf8), passphrase: [65])
        }
    }

    @Test func blowfishBeginsWithTheDigitsOfPi() {
        #expect(BcryptPBKDF.initialState.count == 1_042)
        #expect(BcryptPBKDF.initialState.prefix(3) == [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e])
        #expect(BcryptPBKDF.initialState.last == 0x3ac3_72e6)
    }
}
